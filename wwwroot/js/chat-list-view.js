// The list of chats, newest activity first.

import { arrange, attribute, el, icon, text } from './dom.js';

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const oneDay = 86_400_000;

export class ChatListView {
  #rows = new Map();

  constructor(inbox, user, { create, signOut, close }) {
    this.inbox = inbox;
    this.list = el('ul', { class: 'chat-list', 'data-testid': 'chat-list' });
    this.empty = el('p', { class: 'hint list-empty', hidden: true }, 'No chats yet. Start one, then invite people to it.');
    this.element = el('nav', { class: 'sidebar', 'aria-label': 'Chats' },
      el('header', { class: 'sidebar-head' },
        el('img', { src: '/icon.svg', alt: '', width: 26, height: 26 }), el('strong', {}, 'HubChat'),
        el('button', { type: 'button', class: 'quiet square only-narrow', 'aria-label': 'Close the list', onclick: close }, icon('close'))),
      el('button', { type: 'button', class: 'new-chat', 'data-testid': 'new-chat', onclick: create }, icon('plus'), 'New chat'),
      el('div', { class: 'sidebar-scroll' }, this.list, this.empty),
      el('footer', { class: 'sidebar-foot' },
        el('bdi', { class: 'me', title: user.username }, user.displayName),
        el('button', { type: 'button', class: 'quiet small', 'data-testid': 'sign-out', onclick: signOut }, icon('exit'), 'Sign out')));
  }

  show(openId) {
    const chats = this.inbox.sorted();
    const ids = new Set(chats.map((chat) => chat.id));
    for (const id of [...this.#rows.keys()].filter((known) => !ids.has(known))) {
      this.#rows.delete(id);
    }
    arrange(this.list, chats.map((chat) => this.#row(chat, chat.id === openId)));
    this.empty.hidden = chats.length > 0 || !this.inbox.loaded;
  }

  #row(chat, open) {
    let row = this.#rows.get(chat.id);
    if (!row) {
      row = {
        title: el('bdi', { class: 'row-title' }), time: el('time', {}), preview: el('span', { class: 'row-preview', dir: 'auto' }),
        unread: el('span', { class: 'badge', 'data-testid': 'unread' }), running: el('span', { class: 'running', 'data-testid': 'running', role: 'img', 'aria-label': 'The assistant is writing' }),
      };
      row.link = el('a', { class: 'chat-row', href: `#/c/${chat.id}`, 'data-testid': 'chat-item', 'data-chat-id': chat.id },
        el('span', { class: 'row-line' }, row.title, row.time), el('span', { class: 'row-line' }, row.preview, row.running, row.unread));
      row.element = el('li', {}, row.link);
      this.#rows.set(chat.id, row);
    }
    const last = chat.lastMessage;
    text(row.title, chat.title || 'New chat');
    text(row.time, when(new Date(chat.activityAt)));
    text(row.preview, previewOf(last));
    row.running.hidden = !chat.running;
    row.unread.hidden = chat.unread === 0 || open && !document.hidden;
    text(row.unread, chat.unread > 99 ? '99+' : String(chat.unread));
    attribute(row.unread, 'aria-label', `${chat.unread} unread`);
    attribute(row.link, 'aria-current', open ? 'page' : null);
    return row.element;
  }
}

function previewOf(last) {
  if (!last) {
    return 'Nothing said yet';
  }
  // A preview has no room for formatting.
  const words = (last.preview ?? '').replace(/[*_`#>|]+/g, '').trim();
  const author = last.role === 'assistant' ? 'Assistant' : last.authorName ?? '';
  return words === '' && last.role === 'assistant' ? 'Assistant is writing…' : `${author}: ${words}`;
}

function when(date) {
  const age = Date.now() - date;
  if (age < oneDay && date.getDate() === new Date().getDate()) {
    return clock.format(date);
  }
  return (age < 6 * oneDay ? weekday : day).format(date);
}

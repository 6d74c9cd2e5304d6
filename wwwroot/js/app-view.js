// The page of somebody who is signed in: the list of chats beside the open one, over one connection.

import { signOut, whoAmI } from './api.js';
import { ChatListView } from './chat-list-view.js';
import { ChatView } from './chat-view.js';
import { ConnectionView } from './connection-view.js';
import { attribute, el, icon, oncePerFrame } from './dom.js';
import { Hub } from './hub.js';
import { Inbox } from './inbox.js';
import { complain } from './notices.js';

const goneReasons = {
  removed: 'You are no longer in this chat.',
  deleted: 'This chat was deleted.',
  not_found: 'This chat does not exist, or you are not in it.',
};

export class AppView {
  #chat = null;
  #onHash = () => this.#open();
  #onKey = (event) => this.#key(event);

  constructor(user, onSignedOut) {
    this.user = user;
    this.onSignedOut = onSignedOut;
    this.hub = new Hub();
    this.inbox = new Inbox(this.hub);
    this.connection = new ConnectionView(this.hub);
    this.sidebar = new ChatListView(this.inbox, user, { create: () => this.#create(), signOut: () => this.#signOut(), close: () => this.#showList(false) });
    this.main = el('main', { id: 'main' });
    this.element = el('div', { class: 'app' },
      el('a', { class: 'skip', href: '#composer', onclick: (event) => this.#skip(event) }, 'Skip to the message field'),
      this.sidebar.element, el('div', { class: 'shade', onclick: () => this.#dismiss() }), this.main);
    this.paint = oncePerFrame(() => this.#paint());
    this.inbox.addEventListener('change', this.paint);
    this.hub.addEventListener('ended', ({ detail }) => this.#leave(detail));
    this.hub.addEventListener('refused', () => this.#checkSession());
    addEventListener('hashchange', this.#onHash);
    addEventListener('keydown', this.#onKey);
    document.addEventListener('visibilitychange', this.paint);
    this.hub.start();
    this.#open();
  }

  close() {
    removeEventListener('hashchange', this.#onHash);
    removeEventListener('keydown', this.#onKey);
    document.removeEventListener('visibilitychange', this.paint);
    this.#chat?.close();
    this.inbox.close();
    this.connection.close();
    this.hub.stop();
    this.closed = true;
  }

  #open() {
    const chatId = /^#\/c\/([\w-]+)$/.exec(location.hash)?.[1];
    if (chatId === this.#chat?.chatId && this.main.firstChild) {
      return;
    }
    this.#chat?.close();
    this.#chat = chatId ? new ChatView(this.hub, this.user, chatId, {
      connection: this.connection.element,
      openList: () => this.#showList(true),
      onGone: (reason) => this.#gone(reason),
    }) : null;
    this.main.replaceChildren(this.#chat?.element ?? this.#welcome());
    this.#showList(false);
    // On touch screens the keyboard would cover half of what was opened.
    if (!matchMedia('(pointer: coarse)').matches) {
      this.#chat?.focus();
    }
    this.paint();
  }

  #welcome() {
    return el('section', { class: 'welcome' },
      el('header', { class: 'chat-head' },
        el('button', { type: 'button', class: 'quiet square only-narrow', 'data-testid': 'open-list', 'aria-label': 'Chats', onclick: () => this.#showList(true) }, icon('menu')),
        el('span', { class: 'title-box' }), this.connection.element),
      el('div', { class: 'welcome-text' },
        el('img', { src: '/icon.svg', alt: '', width: 56, height: 56 }),
        el('h1', {}, `Hello, ${this.user.displayName}`),
        el('p', {}, 'Open a chat from the list, or start a new one and invite people by their user names.'),
        el('button', { type: 'button', class: 'primary', onclick: () => this.#create() }, 'New chat')));
  }

  #paint() {
    if (this.closed) {
      return;
    }
    this.sidebar.show(this.#chat?.chatId);
    const { unread } = this.inbox;
    const title = this.inbox.chats.get(this.#chat?.chatId)?.title;
    document.title = `${unread > 0 && document.hidden ? `(${unread}) ` : ''}${title ? `${title} · ` : ''}HubChat`;
  }

  #showList(open) {
    attribute(this.element, 'data-list', open ? 'open' : null);
  }

  /** Closes what lies over the conversation; false if nothing does. */
  #dismiss() {
    if (this.element.dataset.list) {
      this.#showList(false);
      return true;
    }
    return this.#chat?.dismiss() ?? false;
  }

  async #create() {
    try {
      const chat = await this.hub.call('CreateChat', {});
      location.hash = `#/c/${chat.id}`;
    } catch (error) {
      complain(error);
    }
  }

  #gone(reason) {
    if (goneReasons[reason]) {
      complain({ message: goneReasons[reason] });
    }
    this.#chat?.close();
    this.#chat = null;
    history.replaceState(null, '', location.pathname);
    this.main.replaceChildren(this.#welcome());
    this.paint();
    if (reason === 'session_ended') {
      this.#checkSession();
    }
  }

  async #signOut() {
    try {
      await signOut();
      this.#leave('logged_out');
    } catch (error) {
      error.status === 401 ? this.#leave('logged_out') : complain(error);
    }
  }

  /** Whether the session is over only the server knows. */
  async #checkSession() {
    if (await whoAmI().catch(() => this.user) === null) {
      this.#leave('session_ended');
    }
  }

  #leave(reason) {
    if (!this.closed) {
      this.onSignedOut(reason);
    }
  }

  #skip(event) {
    event.preventDefault();
    this.#chat?.focus();
  }

  #key(event) {
    if (event.key === 'Escape' && !event.defaultPrevented && !event.isComposing) {
      if (!this.#dismiss()) {
        this.#chat?.escape();
      }
    } else if ((event.ctrlKey || event.metaKey) && event.shiftKey && event.key.toLowerCase() === 'o') {
      event.preventDefault();
      this.#create();
    }
  }
}

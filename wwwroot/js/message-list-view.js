// The conversation: its messages in order, older ones on demand, the end followed while the reader is there.

import { arrange, el, icon, text } from './dom.js';
import { MessageView } from './message-view.js';
import { announce, complain } from './notices.js';
import { ScrollFollow } from './scroll-follow.js';

const loadWithin = 300;

export class MessageListView {
  #views = new Map();
  #loading = false;
  #hasMore = false;
  #live = new Map();
  #newest = null;
  #missed = 0;

  constructor(actions, loadOlder, onPinned) {
    this.actions = actions;
    this.loadOlder = loadOlder;
    this.older = el('button', { type: 'button', class: 'quiet older', 'data-testid': 'load-older', onclick: () => this.#load() }, 'Show older messages');
    this.list = el('div', { class: 'messages', role: 'log', 'aria-label': 'Messages', 'aria-live': 'off', onclick: (event) => copyCode(event) });
    this.empty = el('div', { class: 'empty', hidden: true });
    this.content = el('div', { class: 'scroll-content' }, this.older, this.empty, this.list);
    this.scroller = el('div', { class: 'scroller', tabindex: '0', role: 'region', 'aria-label': 'Conversation' }, this.content);
    this.jumpText = el('span', {}, 'Jump to latest');
    this.jump = el('button', { type: 'button', class: 'jump', hidden: true, 'data-testid': 'jump', onclick: () => this.follow.pin() }, icon('down'), this.jumpText);
    this.element = el('div', { class: 'log' }, this.scroller, this.jump);
    this.follow = new ScrollFollow(this.scroller, this.content, (pinned) => {
      this.#missed = 0;
      this.#showJump();
      onPinned(pinned);
    });
    this.scroller.addEventListener('scroll', () => this.#nearTop(), { passive: true });
    this.timer = setInterval(() => this.#tick(), 1000);
  }

  close() {
    clearInterval(this.timer);
    this.follow.close();
  }

  show(rows, { hasMore, emptyText }) {
    this.#hasMore = hasMore;
    this.older.hidden = !hasMore;
    this.empty.hidden = rows.length > 0 || hasMore;
    text(this.empty, emptyText);
    this.follow.keepPlace(() => [...this.list.children], () => this.#arrange(rows));
    this.follow.follow();
    this.#count(rows);
    this.#announce(rows);
  }

  #arrange(rows) {
    const keys = new Set(rows.map((row) => row.key));
    for (const key of [...this.#views.keys()].filter((known) => !keys.has(known))) {
      this.#views.delete(key);
    }
    arrange(this.list, rows.map((row) => {
      const view = this.#views.get(row.key) ?? new MessageView(this.actions);
      this.#views.set(row.key, view);
      view.show(row);
      return view.element;
    }));
  }

  #count(rows) {
    const newest = rows.at(-1)?.key ?? null;
    if (newest !== this.#newest) {
      this.#missed += this.#newest !== null && !this.follow.pinned ? 1 : 0;
      this.#newest = newest;
    }
    this.#showJump();
  }

  #showJump() {
    this.jump.hidden = this.follow.pinned;
    text(this.jumpText, this.#missed > 0 ? `Jump to latest · ${this.#missed} new` : 'Jump to latest');
  }

  /** Says beginnings and ends, not every word. */
  #announce(rows) {
    for (const { message, live, state, own, author } of rows.slice(-5)) {
      const before = this.#live.get(message.id);
      if (message.id && before !== state) {
        this.#live.set(message.id, state);
        const known = before !== undefined;
        if (message.role === 'assistant' && state === 'running') {
          announce('The assistant is answering.');
        } else if (known && !live && message.role === 'assistant') {
          announce({ done: 'The answer is complete.', stopped: 'The answer was stopped.' }[state] ?? 'The answer failed.');
        } else if (this.started && message.role === 'user' && !own && !known) {
          announce(`New message from ${author}.`);
        }
      }
    }
    this.started = rows.length > 0;
  }

  #tick() {
    for (const view of this.#views.values()) {
      view.tick();
    }
  }

  #nearTop() {
    if (this.#hasMore && this.scroller.scrollTop < loadWithin && !this.follow.pinned) {
      this.#load();
    }
  }

  async #load() {
    if (this.#loading) {
      return;
    }
    this.#loading = true;
    this.older.disabled = true;
    try {
      await this.loadOlder();
    } catch (error) {
      complain(error);
    } finally {
      this.#loading = false;
      this.older.disabled = false;
    }
  }
}

async function copyCode({ target }) {
  const button = target.closest?.('.copy-code');
  if (button) {
    await copy(button.closest('.code-block').querySelector('code').textContent.replace(/\n$/, ''));
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = 'Copy'; }, 2000);
  }
}

export async function copy(value) {
  try {
    await navigator.clipboard.writeText(value);
    announce('Copied.');
  } catch {
    complain({ message: 'The browser did not allow copying.' });
  }
}

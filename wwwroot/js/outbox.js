// Messages on their way: shown at once, sent one after the other, kept until the server accepted them. A message keeps its
// clientMessageId for ever, so that sending it again can never post it twice.

import { keepUnsent, unsentOf } from './preferences.js';

/** Events: `change`, `accepted` (item). Items: { clientMessageId, text, parentId, state: 'sending' | 'sent' | 'failed', error }. */
export class Outbox extends EventTarget {
  #hub;
  #userId;
  #chatId;
  #sending = false;
  #closed = false;
  #onState = () => this.#hub.state === 'live' && this.#send();

  constructor(hub, userId, chatId) {
    super();
    this.#hub = hub;
    this.#userId = userId;
    this.#chatId = chatId;
    // What an earlier visit could not send waits for a decision: its moment may have passed.
    this.items = unsentOf(userId, chatId).map((item) => ({ ...item, state: 'failed', error: 'The page was closed before.' }));
    hub.addEventListener('state', this.#onState);
  }

  close() {
    this.#closed = true;
    this.#hub.removeEventListener('state', this.#onState);
  }

  add(text, parentId) {
    this.items = [...this.items, { clientMessageId: newId(), text, parentId, state: 'sending' }];
    this.#changed();
    this.#send();
  }

  retry(clientMessageId) {
    this.#change(clientMessageId, { state: 'sending', error: undefined });
    this.#send();
  }

  remove(clientMessageId) {
    this.items = this.items.filter((item) => item.clientMessageId !== clientMessageId);
    this.#changed();
  }

  /** The chat shows these messages now; their bubbles here would be second ones. */
  settle(messages) {
    const shown = new Set();
    for (const message of messages.values()) {
      if (message.authorId === this.#userId && message.clientMessageId) {
        shown.add(message.clientMessageId);
      }
    }
    if (this.items.some((item) => shown.has(item.clientMessageId))) {
      this.items = this.items.filter((item) => !shown.has(item.clientMessageId));
      this.#changed();
    }
  }

  async #send() {
    if (this.#sending) {
      return;
    }
    this.#sending = true;
    try {
      for (let item = this.#next(); item && !this.#closed && this.#hub.state === 'live'; item = this.#next()) {
        await this.#post(item);
      }
    } finally {
      this.#sending = false;
    }
  }

  #next() {
    return this.items.find((item) => item.state === 'sending');
  }

  async #post({ clientMessageId, text, parentId }) {
    try {
      await this.#hub.call('PostMessage', { chatId: this.#chatId, text, clientMessageId, parentId });
      this.#change(clientMessageId, { state: 'sent' });
    } catch (error) {
      if (error.code !== 'disconnected') {
        this.#change(clientMessageId, { state: 'failed', error: error.message });
      } else if (this.#hub.state === 'live') {
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  }

  #change(clientMessageId, changes) {
    this.items = this.items.map((item) => item.clientMessageId === clientMessageId ? { ...item, ...changes } : item);
    this.#changed();
  }

  #changed() {
    const unsent = this.items.filter((item) => item.state !== 'sent');
    keepUnsent(this.#userId, this.#chatId, unsent.map(({ clientMessageId, text, parentId }) => ({ clientMessageId, text, parentId })));
    this.dispatchEvent(new Event('change'));
  }
}

/** randomUUID exists on secure pages only. */
export function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

// Keeps the state of the open chat true: watches it, applies what comes, and watches again when something is missing.

import { Watch, addOlder, applyUpdate, applyWatch, emptyChat, positionOf } from './chat-state.js';
import { canHash, hashOf } from './text-hash.js';

const retryAfter = 1000;
const between = 200;

/** Events: `change` after every new state, `lost` (code) when the chat cannot be watched. */
export class ChatSession extends EventTarget {
  #hub;
  #wanted = null;
  #watching = false;
  #closed = false;
  #lastWatch = 0;
  #onState = () => this.#hub.state === 'live' && this.#need(Watch.position);
  #onUpdate = ({ detail }) => detail.chatId === this.state.chatId && this.#take(applyUpdate(this.state, detail, Date.now()));

  constructor(hub, chatId) {
    super();
    this.#hub = hub;
    this.state = emptyChat(chatId);
    hub.addEventListener('state', this.#onState);
    hub.addEventListener('update', this.#onUpdate);
    this.#onState();
  }

  close() {
    this.#closed = true;
    this.#hub.removeEventListener('state', this.#onState);
    this.#hub.removeEventListener('update', this.#onUpdate);
    if (this.#hub.state === 'live' && !this.state.closed) {
      this.#hub.call('UnwatchChat', this.state.chatId).catch(() => {});
    }
  }

  /** One more page of the past. */
  async loadOlder() {
    const { chatId, oldestSeq } = this.state;
    const page = await this.#hub.call('GetMessages', { chatId, beforeSeq: oldestSeq, limit: 50 });
    // A snapshot that came in between starts elsewhere; this page would leave a hole.
    if (this.state.oldestSeq === oldestSeq) {
      this.#become(addOlder(this.state, page));
    }
  }

  #take({ state, watch, check }) {
    this.#become(state);
    if (check && canHash()) {
      this.#verify(check);
    }
    if (watch) {
      this.#need(watch);
    }
  }

  async #verify({ text, hash }) {
    if (await hashOf(text) !== hash && !this.#closed) {
      this.#need(Watch.snapshot);
    }
  }

  #become(state) {
    if (state !== this.state) {
      this.state = state;
      this.dispatchEvent(new Event('change'));
    }
  }

  #need(watch) {
    if (this.#closed || this.state.closed) {
      return;
    }
    // An answer that is on its way covers whatever was missing when it was asked for, unless everything is wanted.
    if (this.#watching && watch === Watch.position) {
      return;
    }
    this.#wanted = this.#wanted === Watch.snapshot ? Watch.snapshot : watch;
    if (!this.#watching) {
      this.#watch();
    }
  }

  async #watch() {
    this.#watching = true;
    try {
      while (this.#wanted && !this.#closed && this.#hub.state === 'live') {
        await pause(this.#lastWatch + between - Date.now());
        const position = this.#wanted === Watch.snapshot ? {} : positionOf(this.state);
        this.#wanted = null;
        this.#lastWatch = Date.now();
        await this.#ask(position);
      }
    } finally {
      this.#watching = false;
    }
  }

  async #ask(position) {
    const connection = this.#hub.count;
    try {
      const answer = await this.#hub.call('WatchChat', { chatId: this.state.chatId, ...position });
      if (!this.#closed) {
        const taken = applyWatch(this.state, answer);
        this.#take({ ...taken, watch: null });
        this.#wanted = taken.watch ?? this.#wanted;
      }
    } catch (error) {
      if (error.code === 'not_found' || error.code === 'session_ended') {
        this.#become({ ...this.state, closed: error.code });
        return;
      }
      // The answer did not come: on a new connection it is asked for again, on the same one after a while.
      this.#wanted = position.afterSeq === undefined ? Watch.snapshot : Watch.position;
      if (this.#hub.count === connection) {
        await pause(retryAfter);
      }
    }
  }
}

const pause = (ms) => ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : undefined;

// Where messages are written. Send turns into Stop while a reply runs that this person may stop.

import { attribute, el, icon, text } from './dom.js';
import { complain } from './notices.js';
import { draftOf, keepDraft } from './preferences.js';

// The server's limit (docs/protocol/hub.md §6), in UTF-16 units like the length of a string here.
const longestText = 32_000;
const draftPause = 400;
const typingEvery = 2500;
const touch = matchMedia('(pointer: coarse)');

/** Calls `send(text)`, `stop()` and `typing(isTyping)`. */
export class ComposerView {
  #draftTimer = 0;
  #typedAt = 0;
  #stopping = false;
  #stoppable = null;
  #focusInsteadOf = null;

  constructor(userId, chatId, { send, stop, typing }) {
    this.userId = userId;
    this.chatId = chatId;
    this.onSend = send;
    this.onStop = stop;
    this.onTyping = typing;
    this.input = el('textarea', {
      id: 'composer', 'data-testid': 'composer', rows: 1, dir: 'auto', enterkeyhint: touch.matches ? 'enter' : 'send',
      oninput: () => this.#changed(), onkeydown: (event) => this.#key(event), onblur: () => this.#rest(),
    });
    this.send = el('button', { type: 'submit', class: 'round primary', 'data-testid': 'send', 'aria-label': 'Send', title: 'Send' }, icon('send'));
    this.stop = el('button', { type: 'button', class: 'round stop', 'data-testid': 'stop', hidden: true, onclick: () => this.halt() }, icon('stop'));
    this.typing = el('p', { class: 'typing', role: 'status', 'aria-live': 'off', 'data-testid': 'typing' });
    this.element = el('form', { class: 'composer', onsubmit: (event) => this.#submit(event) },
      this.typing,
      el('div', { class: 'composer-box' },
        el('label', { class: 'visually-hidden', for: 'composer' }, 'Message'), this.input,
        el('div', { class: 'composer-buttons' }, this.send, this.stop)));
    this.input.value = draftOf(userId, chatId);
    this.#fit();
  }

  close() {
    clearTimeout(this.#draftTimer);
    keepDraft(this.userId, this.chatId, this.input.value);
    this.#rest();
  }

  /** `stoppable`: the id of the reply that Stop would stop, or null. */
  show({ stoppable, mayWrite, placeholder, typing }) {
    if (stoppable !== this.#stoppable) {
      this.#stoppable = stoppable;
      this.#stopping = false;
    }
    this.input.disabled = !mayWrite;
    if (mayWrite && this.#focusInsteadOf) {
      this.#focusWhenUnmoved();
    }
    attribute(this.input, 'placeholder', placeholder);
    text(this.typing, typing);
    this.#buttons();
  }

  /** Stops the running reply; the button says so until the server has. */
  halt() {
    if (this.#stoppable && !this.#stopping) {
      this.#stopping = true;
      this.#buttons();
      this.onStop().catch(() => {
        this.#stopping = false;
        this.#buttons();
      });
    }
  }

  /** At once, or when the chat has come and may be written in, if the focus has not been moved until then. */
  focus() {
    if (this.input.disabled) {
      this.#focusInsteadOf = document.activeElement;
    } else {
      this.input.focus({ preventScroll: true });
    }
  }

  #focusWhenUnmoved() {
    // What had the focus may be gone with the view it stood in.
    const isUnmoved = document.activeElement === this.#focusInsteadOf || document.activeElement === document.body;
    this.#focusInsteadOf = null;
    if (isUnmoved) {
      this.focus();
    }
  }

  // While a reply runs, Send comes beside Stop as soon as there is something to send.
  #buttons() {
    const empty = this.input.value.trim() === '';
    this.stop.hidden = !this.#stoppable;
    this.stop.disabled = this.#stopping;
    const caption = this.#stopping ? 'Stopping' : 'Stop';
    attribute(this.stop, 'aria-label', caption);
    attribute(this.stop, 'title', caption);
    this.send.hidden = Boolean(this.#stoppable) && empty;
    this.send.disabled = empty || this.input.disabled;
  }

  #changed() {
    this.#fit();
    this.#buttons();
    clearTimeout(this.#draftTimer);
    this.#draftTimer = setTimeout(() => keepDraft(this.userId, this.chatId, this.input.value), draftPause);
    if (this.input.value === '') {
      this.#rest();
    } else if (Date.now() - this.#typedAt > typingEvery) {
      this.#typedAt = Date.now();
      this.onTyping(true);
    }
  }

  #rest() {
    if (this.#typedAt > 0) {
      this.#typedAt = 0;
      this.onTyping(false);
    }
  }

  #key(event) {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && !touch.matches) {
      event.preventDefault();
      this.element.requestSubmit();
    }
  }

  #submit(event) {
    event.preventDefault();
    const { value } = this.input;
    if (value.trim() === '' || this.input.disabled) {
      return;
    }
    if (value.length > longestText) {
      complain({ message: `A message may hold ${longestText} characters, this one holds ${value.length}.` });
      return;
    }
    // From here on the outbox keeps the text until the server has it.
    this.onSend(value);
    this.input.value = '';
    this.#typedAt = 0;
    clearTimeout(this.#draftTimer);
    keepDraft(this.userId, this.chatId, '');
    this.#fit();
    this.#buttons();
    this.focus();
  }

  /** As high as its text; the style sheet sets the limit. */
  #fit() {
    if (!CSS.supports('field-sizing', 'content')) {
      this.input.style.blockSize = 'auto';
      this.input.style.blockSize = `${this.input.scrollHeight}px`;
    }
  }
}

// One message: who, when, its text, how it ended, and what can be done with it.

import { arrange, attribute, el, icon, text } from './dom.js';
import { MarkdownText } from './markdown-text.js';
import { MessageEditor } from './message-editor.js';
import { avatar, dress } from './people.js';

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const clockWithSeconds = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const fullDate = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });
const quietFor = 10_000;

export class MessageView {
  #row = null;
  #waitingSince = 0;

  constructor(actions) {
    this.actions = actions;
    this.avatar = avatar({ id: '', name: '' });
    this.author = el('bdi', { class: 'author' });
    this.detail = el('span', { class: 'detail' });
    this.time = el('time', {});
    this.body = el('div', { class: 'message-text markdown', 'data-testid': 'message-text', dir: 'auto' });
    this.waiting = el('p', { class: 'waiting', hidden: true });
    this.foot = el('p', { class: 'message-foot', hidden: true });
    this.tools = this.#buildTools();
    this.element = el('article', { class: 'message', 'data-testid': 'message', tabindex: '-1' },
      this.avatar,
      el('div', { class: 'message-main' },
        el('header', { class: 'message-head' }, this.author, this.detail, this.time),
        this.body, this.waiting, this.foot, this.tools.element));
    this.markdown = new MarkdownText(this.body);
  }

  #buildTools() {
    const act = (name, symbol, caption, action = name) => el('button',
      { type: 'button', class: 'tool', 'data-testid': name, title: caption, 'aria-label': caption, onclick: () => this.actions[action](this.#row, this) }, icon(symbol));
    const tools = {
      previous: act('sibling-prev', 'left', 'Show the version before', 'previous'),
      place: el('span', { class: 'place' }),
      next: act('sibling-next', 'right', 'Show the version after', 'next'),
      copy: act('copy', 'copy', 'Copy'),
      edit: act('edit', 'edit', 'Edit'),
      regenerate: act('regenerate', 'retry', 'Answer again'),
      continue: el('button', { type: 'button', class: 'tool wide', 'data-testid': 'continue', onclick: () => this.actions.continue(this.#row) }, icon('play'), 'Continue'),
      retry: el('button', { type: 'button', class: 'tool wide', 'data-testid': 'retry', onclick: () => this.actions.retry(this.#row) }, icon('retry'), 'Send again'),
      remove: el('button', { type: 'button', class: 'tool', 'data-testid': 'delete', onclick: () => this.#remove() }, icon('trash')),
    };
    tools.versions = el('span', { class: 'versions', role: 'group', 'aria-label': 'Versions' }, tools.previous, tools.place, tools.next);
    tools.element = el('div', { class: 'message-tools' });
    return tools;
  }

  /** Shows a row of the list; the same row again costs nothing. */
  show(row) {
    const before = this.#row;
    this.#row = row;
    if (before && sameRow(before, row)) {
      return;
    }
    const { message, state, live } = row;
    if (live && !before?.live) {
      this.#waitingSince = Date.now();
    }
    this.#showHead(row);
    attribute(this.element, 'data-message-id', message.id);
    attribute(this.element, 'data-role', message.role);
    attribute(this.element, 'data-state', state);
    attribute(this.element, 'data-own', row.own);
    attribute(this.element, 'data-live', live);
    attribute(this.element, 'data-grouped', row.grouped);
    attribute(this.element, 'data-deleted', Boolean(message.deletedAt));
    // Growing text is not read out piece by piece; its end is announced.
    attribute(this.element, 'aria-busy', live ? 'true' : null);
    attribute(this.body, 'aria-live', live ? 'off' : null);
    this.markdown.show(message.deletedAt ? '' : row.text, live);
    this.body.hidden = row.text === '' && !this.editor;
    this.#showFoot(row);
    this.#showTools(row);
    this.tick();
  }

  /** Says how long a reply without a word has been waited for. */
  tick() {
    const { state, text: shown, live, queuePlace } = this.#row;
    const waits = live && shown === '';
    this.waiting.hidden = !waits;
    if (waits) {
      const passed = Date.now() - this.#waitingSince;
      const word = state === 'queued' ? (queuePlace > 1 ? `Waiting, number ${queuePlace} in line` : 'Waiting for its turn') : 'Thinking';
      text(this.waiting, passed > quietFor ? `${word} · ${Math.floor(passed / 1000)} s` : word);
    }
  }

  #showHead({ message, own, author, asker }) {
    const assistant = message.role === 'assistant';
    if (assistant) {
      this.avatar.replaceChildren(icon('spark'));
      attribute(this.avatar, 'data-hue', 'assistant');
    } else {
      dress(this.avatar, { id: message.authorId ?? '', name: author });
    }
    text(this.author, assistant ? 'Assistant' : own ? 'You' : author);
    text(this.detail, [assistant && message.model, assistant && asker && `asked by ${asker}`, message.editOf && 'edited'].filter(Boolean).join(' · '));
    const at = Date.parse(message.createdAt);
    text(this.time, at ? clock.format(at) : '');
    attribute(this.time, 'datetime', at ? message.createdAt : null);
    attribute(this.time, 'title', at ? fullDate.format(at) : null);
    attribute(this.element, 'aria-label', [this.author.textContent, this.time.textContent].filter(Boolean).join(', '));
  }

  #showFoot(row) {
    const words = footOf(row);
    text(this.foot, words);
    this.foot.hidden = words === '';
    attribute(this.foot, 'data-tone', row.state === 'failed' ? 'error' : null);
  }

  #showTools({ may, versions, index }) {
    const { tools } = this;
    tools.previous.disabled = index === 0;
    tools.next.disabled = index === versions.length - 1;
    text(tools.place, `${index + 1}/${versions.length}`);
    // What is not possible is not there, rather than there and hidden.
    arrange(tools.element, [
      ...versions.length > 1 ? [tools.versions] : [],
      ...['continue', 'retry', 'copy', 'edit', 'regenerate', 'remove'].filter((name) => may[name]).map((name) => tools[name]),
    ]);
    this.#askAgain(false);
  }

  /** Deleting is for good, so it asks once, in place. */
  #remove() {
    if (this.sure) {
      this.actions.remove(this.#row);
    }
    this.#askAgain(!this.sure);
  }

  #askAgain(sure) {
    clearTimeout(this.timer);
    this.sure = sure;
    const caption = sure ? 'Really delete?' : 'Delete';
    const { remove } = this.tools;
    attribute(remove, 'class', sure ? 'tool wide danger' : 'tool');
    attribute(remove, 'aria-label', caption);
    attribute(remove, 'title', caption);
    remove.replaceChildren(icon('trash'), sure ? caption : '');
    if (sure) {
      this.timer = setTimeout(() => this.#askAgain(false), 4000);
    }
  }

  edit(save) {
    if (this.editor) {
      return;
    }
    this.editor = new MessageEditor(this.#row.text, save, () => {
      this.editor.element.replaceWith(this.body);
      this.editor = null;
      this.body.hidden = this.#row.text === '';
      this.tools.edit.focus();
    });
    this.body.replaceWith(this.editor.element);
    this.editor.focus();
  }
}

function footOf({ message, state, pending, stopper }) {
  if (pending) {
    return { sending: 'Sending…', sent: '', failed: `Not sent. ${pending.error ?? ''}` }[state];
  }
  if (message.deletedAt) {
    return 'This message was deleted.';
  }
  switch (state) {
    case 'stopped': return stopper ? `Stopped by ${stopper}` : 'Stopped';
    case 'failed': return reasonOf(message) ?? 'The reply failed.';
    case 'interrupted': return reasonOf(message) ?? 'Interrupted: the server stopped while this was being written.';
    default: return message.finishReason === 'length' ? 'The reply reached its length limit.' : '';
  }
}

/** Why a reply did not end well, and when asking again may help. */
function reasonOf({ error }) {
  const retryAt = Date.parse(error?.retryAt);
  return retryAt ? `${error.message} Again from ${(retryAt - Date.now() < 20 * 3_600_000 ? clockWithSeconds : fullDate).format(retryAt)}.` : error?.message;
}

function sameRow(a, b) {
  return Object.keys(b).every((key) => key === 'may' || key === 'versions' ? JSON.stringify(a[key]) === JSON.stringify(b[key]) : a[key] === b[key]);
}

// The open chat: header, conversation, composer and people, all drawn from one state.

import { ChatHeaderView } from './chat-header-view.js';
import { messageActions } from './message-actions.js';
import { nameOf, roleOf, rowsOf, stoppable } from './chat-rows.js';
import { ChatSession } from './chat-session.js';
import { ComposerView } from './composer-view.js';
import { headOf } from './conversation.js';
import { attribute, el, oncePerFrame } from './dom.js';
import { MessageListView } from './message-list-view.js';
import { complain } from './notices.js';
import { Outbox } from './outbox.js';
import { PeopleView } from './people-view.js';
import { keepPreference, preference } from './preferences.js';

const wide = matchMedia('(min-width: 75rem)');

export class ChatView {
  choices = new Map();
  #readSeq = 0;
  #peopleOpen = wide.matches && preference('people') !== 'closed';

  constructor(hub, user, chatId, { connection, openList, onGone }) {
    this.hub = hub;
    this.user = user;
    this.chatId = chatId;
    this.onGone = onGone;
    this.session = new ChatSession(hub, chatId);
    this.outbox = new Outbox(hub, user.id, chatId);
    this.paint = oncePerFrame(() => this.#paint());
    this.header = new ChatHeaderView({ rename: (title) => this.call('RenameChat', { chatId, title }), togglePeople: () => this.#togglePeople(), openList }, connection);
    this.list = new MessageListView(messageActions(this), () => this.session.loadOlder(), () => this.#markRead());
    this.composer = new ComposerView(user.id, chatId, {
      send: (text) => this.#send(text),
      stop: () => this.#stop(),
      typing: (isTyping) => this.hub.call('Typing', chatId, isTyping).catch(() => {}),
    });
    this.people = new PeopleView({
      invite: (username) => hub.call('AddParticipant', { chatId, username }),
      remove: (userId) => this.call('RemoveParticipant', { chatId, userId }),
      leave: () => this.call('RemoveParticipant', { chatId, userId: user.id }),
      setAssistant: (assistant) => this.call('UpdateChatSettings', { chatId, assistant }),
      setModel: (model) => this.call('UpdateChatSettings', { chatId, model }),
    }, () => this.#togglePeople());
    this.otherVersion = el('p', { class: 'other-version', hidden: true }, 'The chat went on in another version. ',
      el('button', { type: 'button', class: 'link', onclick: () => this.#showNewest() }, 'Show the newest'));
    this.element = el('div', { class: 'chat' },
      el('section', { class: 'chat-main', 'aria-label': 'Chat' }, this.header.element, this.list.element, this.otherVersion, this.composer.element),
      this.people.element);
    this.session.addEventListener('change', this.paint);
    this.outbox.addEventListener('change', this.paint);
    this.onVisible = () => this.#markRead();
    document.addEventListener('visibilitychange', this.onVisible);
    this.timer = setInterval(this.paint, 2000);
    this.onState = () => this.#loadModels();
    hub.addEventListener('state', this.onState);
    this.#loadModels();
    this.#paint();
  }

  close() {
    clearInterval(this.timer);
    document.removeEventListener('visibilitychange', this.onVisible);
    this.hub.removeEventListener('state', this.onState);
    this.session.close();
    this.outbox.close();
    this.composer.close();
    this.list.close();
    this.closed = true;
  }

  focus() {
    this.composer.focus();
  }

  /** Closes the drawer where it lies over the conversation. */
  dismiss() {
    const covers = this.#peopleOpen && !wide.matches;
    if (covers) {
      this.#togglePeople();
    }
    return covers;
  }

  escape() {
    this.composer.halt();
  }

  /** A call whose refusal is told in words and otherwise changes nothing. */
  async call(method, ...args) {
    try {
      return await this.hub.call(method, ...args);
    } catch (error) {
      complain(error);
      return null;
    }
  }

  #paint() {
    if (this.closed) {
      return;
    }
    const { state } = this.session;
    if (state.closed) {
      this.onGone(state.closed);
      return;
    }
    this.outbox.settle(state.messages);
    const rows = rowsOf(state, { me: this.user, choices: this.choices, pending: this.outbox.items });
    const leaf = rows.findLast((row) => row.message.id)?.message.id;
    this.parentId = leaf && leaf !== headOf(state)?.id ? leaf : undefined;
    this.header.show(state, this.user, this.#peopleOpen);
    this.people.show(state, this.user);
    this.list.show(rows, { hasMore: state.hasMore, emptyText: state.chat ? emptyText(state) : '' });
    this.otherVersion.hidden = !this.parentId;
    attribute(this.element, 'data-people', this.#peopleOpen ? 'open' : null);
    this.people.element.inert = !this.#peopleOpen;
    this.composer.show({
      stoppable: stoppable(state, this.user)?.generationId ?? null,
      mayWrite: state.chat !== null && roleOf(state, this.user) !== 'reader',
      placeholder: placeholder(state, this.user),
      typing: typingText(state, this.user),
    });
    this.#markRead();
  }

  #send(text) {
    this.outbox.add(text, this.parentId);
    this.list.follow.pin();
  }

  async #stop() {
    const reply = stoppable(this.session.state, this.user);
    if (reply && !await this.call('StopGeneration', reply.generationId)) {
      throw new Error('The reply was not stopped.');
    }
  }

  #showNewest() {
    this.choices.clear();
    this.list.follow.pin();
    this.#paint();
  }

  #togglePeople() {
    this.#peopleOpen = !this.#peopleOpen;
    if (this.#peopleOpen) {
      this.#loadModels();
    }
    if (wide.matches) {
      keepPreference('people', this.#peopleOpen ? 'open' : 'closed');
    }
    this.#paint();
    (this.#peopleOpen ? this.people.element.querySelector('button') : this.header.people).focus();
  }

  /** Which models there are may change: it is asked when the page connects and when somebody looks. */
  async #loadModels() {
    if (this.hub.state === 'live') {
      const { models } = await this.hub.call('ListModels').catch(() => ({ models: this.people.models }));
      this.people.offer(models);
      this.paint();
    }
  }

  /** What is on the screen, at the end of the conversation, in a page that is looked at, has been read. */
  #markRead() {
    const { state } = this.session;
    // One's own messages need no marking: each mark is an event for everybody.
    let newest = 0;
    for (const { authorId, seq } of state.messages.values()) {
      newest = authorId === this.user.id ? newest : Math.max(newest, seq);
    }
    const known = Math.max(this.#readSeq, state.participants.get(this.user.id)?.readSeq ?? 0);
    if (newest > known && !document.hidden && this.list.follow.pinned && this.hub.state === 'live') {
      this.#readSeq = newest;
      this.hub.call('MarkRead', this.chatId, newest).catch(() => setTimeout(() => { this.#readSeq = 0; }, 5000));
    }
  }
}

function emptyText(state) {
  const assistant = { always: 'The assistant answers every message.', mention: 'Write @assistant when the assistant should answer.' };
  return `Nothing has been said yet. ${assistant[state.chat.settings?.assistant] ?? 'The assistant is switched off here.'}`;
}

function placeholder(state, me) {
  if (state.chat && roleOf(state, me) === 'reader') {
    return 'You may read here, not write';
  }
  return state.chat?.settings?.assistant === 'mention' ? 'Message or @assistant' : 'Message';
}

function typingText(state, me) {
  const now = Date.now();
  const names = [...state.typing].filter(([id, until]) => id !== me.id && until > now).map(([id]) => nameOf(state, id));
  switch (names.length) {
    case 0: return '';
    case 1: return `${names[0]} is typing…`;
    case 2: return `${names[0]} and ${names[1]} are typing…`;
    default: return 'Several people are typing…';
  }
}

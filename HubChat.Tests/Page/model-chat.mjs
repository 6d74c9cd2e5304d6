// The server's side of one chat, as docs/protocol/hub.md describes it, in memory: the truth that the page's reducer is tested against.

import { createHash } from 'node:crypto';

export const hashOf = (text) => createHash('sha256').update(text, 'utf8').digest('hex');

/** A small generator with a seed, so that a failing schedule can be run again. */
export function seeded(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (count) => Math.floor(next() * count);
  return { next, below, chance: (p) => next() < p, pick: (list) => list[below(list.length)] };
}

export class ModelChat {
  chatId = 'chat';
  seq = 0;
  log = [];
  messages = new Map();
  participants = new Map();
  generations = new Map();
  chat = { id: 'chat', title: 'New chat', titleSource: 'none', ownerId: 'ada', settings: { assistant: 'always' } };
  presence = ['ada'];
  #ids = 0;

  constructor(send) {
    this.send = send;
    this.#event('chat.created', { title: this.chat.title, settings: this.chat.settings });
    this.join('ada', 'owner');
  }

  join(userId, role = 'member') {
    this.participants.set(userId, { userId, username: userId, displayName: userId, role, joinedSeq: this.seq + 1, readSeq: 0 });
    this.chat.settings = { ...this.chat.settings, assistant: this.participants.size > 1 ? 'mention' : 'always' };
    this.#event('participant.joined', { participant: { ...this.participants.get(userId) }, assistant: this.chat.settings.assistant });
  }

  leave(userId) {
    this.participants.delete(userId);
    this.chat.settings = { ...this.chat.settings, assistant: this.participants.size > 1 ? 'mention' : 'always' };
    this.#event('participant.left', { userId, assistant: this.chat.settings.assistant });
  }

  rename(title) {
    this.chat = { ...this.chat, title, titleSource: 'user' };
    this.#event('chat.renamed', { title, titleSource: 'user' });
  }

  read(userId) {
    const participant = this.participants.get(userId);
    participant.readSeq = this.seq;
    this.#event('read.moved', { userId, readSeq: participant.readSeq });
  }

  post(authorId, text, { parentId, editOf } = { parentId: this.chat.headId }) {
    const message = this.#message({ role: 'user', authorId, authorName: authorId, text, state: 'done', parentId, editOf });
    if (editOf) {
      this.messages.get(editOf).changedSeq = message.seq;
    }
    this.#event(editOf ? 'message.edited' : 'message.posted', { message: message.id });
    return message;
  }

  queue(parentId, askerId) {
    const message = this.#message({ role: 'assistant', text: '', state: 'queued', parentId, askerId });
    message.generationId = this.#id('g');
    this.generations.set(message.generationId, { messageId: message.id, epoch: 0, n: 0, texts: [''] });
    this.#event('generation.queued', { message: message.id });
    return message;
  }

  start(message) {
    const generation = this.generations.get(message.generationId);
    message.state = 'running';
    message.changedSeq = this.seq + 1;
    this.#event('generation.started', { generationId: message.generationId, messageId: message.id, epoch: generation.epoch + 1 });
    this.reset(message);
  }

  /** A new attempt or a lost log: a new epoch with the text so far. */
  reset(message) {
    const generation = this.generations.get(message.generationId);
    generation.epoch++;
    generation.n = 1;
    generation.texts[generation.epoch] = message.text;
    this.#delta(message, 'reset', { text: message.text });
  }

  /** The server stopped: the stored text, which may lack the last second, waits for another attempt. */
  requeue(message, kept) {
    message.text = message.text.slice(0, kept);
    message.state = 'queued';
    message.changedSeq = this.seq + 1;
    this.#event('generation.queued', { message: message.id });
  }

  /** The model call is made again: what it wrote is replaced. */
  rewind(message, kept) {
    message.text = message.text.slice(0, kept);
    this.reset(message);
  }

  write(message, text) {
    const generation = this.generations.get(message.generationId);
    generation.n++;
    const off = message.text.length;
    message.text += text;
    generation.texts[generation.epoch] = message.text;
    this.#delta(message, 'delta', { off, text });
  }

  complete(message, state = 'done') {
    this.#store(message, state);
    this.#finish(message, state);
  }

  /** Goes on with a reply that ended early; the server may keep its generation or make another. */
  resume(message, another) {
    if (another) {
      message.generationId = this.#id('g');
      this.generations.set(message.generationId, { messageId: message.id, epoch: 0, n: 0, texts: [''] });
    }
    message.state = 'queued';
    message.changedSeq = this.seq + 1;
    this.#event('generation.queued', { message: message.id });
  }

  /** A reply that is being written ends without text first; its stored end comes when the model has let go. */
  erase(message) {
    const isRunning = message.state === 'running';
    message.text = '';
    if (isRunning) {
      this.reset(message);
      this.#finish(message, 'stopped');
    } else if (message.state === 'queued') {
      this.#store(message, 'stopped');
    }
    message.deletedAt = 'now';
    message.changedSeq = this.seq + 1;
    if (this.chat.headId === message.id) {
      const left = [...this.messages.values()].filter((one) => !one.deletedAt);
      this.chat = { ...this.chat, headId: left.at(-1)?.id };
    }
    this.#event('message.deleted', { messageId: message.id });
    if (isRunning) {
      this.#store(message, 'stopped');
    }
  }

  watch({ afterSeq, generations = [] } = {}) {
    const running = [...this.messages.values()].filter((message) => message.state === 'running');
    const position = {
      seq: this.seq,
      generations: running.map(({ generationId, text }) =>
        ({ id: generationId, epoch: this.generations.get(generationId).epoch, off: text.length })),
    };
    if (afterSeq === undefined || afterSeq > this.seq || this.seq - afterSeq > 500) {
      const messages = [...this.messages.values()].sort((a, b) => a.seq - b.seq);
      return structuredClone({
        chatId: this.chatId,
        snapshot: {
          chat: { ...this.chat, participants: [...this.participants.values()], seq: this.seq },
          messages: messages.slice(-100), hasMore: messages.length > 100, presence: this.presence,
        },
        position,
      });
    }
    const replies = running.flatMap((message) => {
      const { epoch, n } = this.generations.get(message.generationId);
      const known = generations.find((generation) => generation.id === message.generationId);
      const entry = { generationId: message.generationId, messageId: message.id, epoch, n };
      if (known?.epoch !== epoch) {
        return [{ kind: 'reset', ...entry, text: message.text }];
      }
      return known.off < message.text.length
        ? [{ kind: 'delta', ...entry, off: known.off, text: message.text.slice(known.off) }] : [];
    });
    const events = this.log.slice(afterSeq).map((event) => this.#asItIsNow(event));
    return structuredClone({ chatId: this.chatId, events, replies, presence: this.presence, position });
  }

  top() {
    return { kind: 'top', chatId: this.chatId, seq: this.seq };
  }

  #store(message, state) {
    message.state = state;
    message.changedSeq = this.seq + 1;
    this.#event('generation.completed', { message: message.id });
  }

  #finish(message, state) {
    this.generations.get(message.generationId).n++;
    this.#delta(message, 'done', { state, length: message.text.length, hash: hashOf(message.text) });
  }

  #id(prefix) {
    return `${prefix}${++this.#ids}`;
  }

  #message(members) {
    const message = { id: this.#id('m'), seq: this.seq + 1, changedSeq: this.seq + 1, createdAt: new Date().toISOString(), ...members };
    this.messages.set(message.id, message);
    this.chat = { ...this.chat, headId: message.id };
    return message;
  }

  #event(type, members) {
    const event = { seq: ++this.seq, type, at: 'now', ...members };
    this.log.push(event);
    this.send(structuredClone({ kind: 'event', chatId: this.chatId, event: this.#asItIsNow(event) }));
  }

  #asItIsNow(event) {
    return event.message ? { ...event, message: { ...this.messages.get(event.message) } } : event;
  }

  #delta(message, kind, members) {
    const { epoch, n } = this.generations.get(message.generationId);
    this.send({ kind, chatId: this.chatId, generationId: message.generationId, messageId: message.id, epoch, n, ...members });
  }
}

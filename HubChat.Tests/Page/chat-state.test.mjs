// The page's reducer: whatever is lost, repeated or out of order, it ends in the server's state. Run: node --test HubChat.Tests/Page
//
// HUBCHAT_SEED=<n> runs the schedules from another seed, HUBCHAT_SCHEDULES=<n> another number of them.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Watch, addOlder, applyUpdate, applyWatch, emptyChat, positionOf, stateOf, textOf } from '../../wwwroot/js/chat-state.js';
import { conversation } from '../../wwwroot/js/conversation.js';
import { ModelChat, hashOf, seeded } from './model-chat.mjs';

const firstSeed = Number(process.env.HUBCHAT_SEED ?? Date.now() % 1_000_000_000);
const schedules = Number(process.env.HUBCHAT_SCHEDULES ?? 10_000);

/** A client on a bad line: what the server sends may be lost, doubled or overtaken until the client watches again. */
class Client {
  state = emptyChat('chat');
  waiting = [];

  constructor(random, reduce) {
    this.random = random;
    this.reduce = reduce;
  }

  receive(update) {
    if (this.random.chance(0.12)) {
      return;
    }
    const place = this.random.chance(0.15) ? this.random.below(this.waiting.length + 1) : this.waiting.length;
    this.waiting.splice(place, 0, update);
    if (this.random.chance(0.1)) {
      this.waiting.splice(this.random.below(this.waiting.length + 1), 0, structuredClone(update));
    }
  }

  deliver(server, count) {
    for (; count > 0 && this.waiting.length > 0; count--) {
      this.take(server, this.reduce(this.state, this.waiting.shift()));
    }
  }

  take(server, { state, watch, check }) {
    this.state = state;
    this.assertPrefixes(server);
    const wanted = check && hashOf(check.text) !== check.hash ? Watch.snapshot : watch;
    if (wanted) {
      this.watch(server, wanted);
    }
  }

  watch(server, wanted) {
    const answer = server.watch(wanted === Watch.snapshot ? {} : positionOf(this.state));
    // Part of what was on the way comes before the answer, part of it never.
    const late = this.waiting.splice(0);
    for (const update of late.slice(0, this.random.below(late.length + 1))) {
      this.state = this.reduce(this.state, update).state;
    }
    this.take(server, applyWatch(this.state, answer));
  }

  /** No reply ever shows a text that its attempt did not have. */
  assertPrefixes(server) {
    for (const [id, reply] of this.state.replies) {
      const written = server.generations.get(id).texts[reply.epoch];
      assert.ok(written?.startsWith(reply.text), `generation ${id} epoch ${reply.epoch} shows ${JSON.stringify(reply.text)} of ${JSON.stringify(written)}`);
    }
  }
}

const moves = [
  (server, random) => server.post(random.pick([...server.participants.keys()]), `text ${random.below(1000)}`),
  (server, random) => server.queue(server.chat.headId, random.pick([...server.participants.keys()])),
  (server, random) => on(server, random, 'queued', (message) => server.start(message)),
  (server, random) => on(server, random, 'queued', (message) => server.start(message)),
  ...Array(6).fill((server, random) => on(server, random, 'running', (message) =>
    server.write(message, random.pick(['a', 'bc', ' ', 'é', '😀', '\n', 'long piece ']).repeat(1 + random.below(3))))),
  (server, random) => on(server, random, 'running', (message) => server.reset(message)),
  (server, random) => on(server, random, 'running', (message) => server.rewind(message, random.below(message.text.length + 1))),
  (server, random) => on(server, random, 'running', (message) => server.requeue(message, random.below(message.text.length + 1))),
  (server, random) => on(server, random, 'running', (message) =>
    server.complete(message, random.pick(['done', 'stopped', 'failed', 'interrupted']))),
  (server, random) => on(server, random, 'stopped', (message) => server.resume(message, random.chance(0.5))),
  (server, random) => on(server, random, random.pick(['done', 'running']), (message) => server.erase(message)),
  (server, random) => on(server, random, 'done', (message) =>
    message.role === 'user' && server.post('ada', 'edited', { parentId: message.parentId, editOf: message.id })),
  (server, random) => server.rename(`title ${random.below(100)}`),
  (server, random) => server.read(random.pick([...server.participants.keys()])),
  (server, random) => server.participants.has('bob') ? server.leave('bob') : server.join('bob'),
  (server) => server.send(server.top()),
  (server) => server.send({ kind: 'resync', chatId: server.chatId, watch: server.watch() }),
];

function on(server, random, state, act) {
  const messages = [...server.messages.values()].filter((message) => message.state === state && !message.deletedAt);
  if (messages.length > 0) {
    act(random.pick(messages));
  }
}

/** What a person sees of a state. */
function shown(state) {
  return {
    seq: state.seq,
    chat: { title: state.chat.title, headId: state.chat.headId, settings: state.chat.settings },
    participants: Object.fromEntries(state.participants),
    messages: Object.fromEntries([...state.messages.values()].map((message) =>
      [message.id, { text: textOf(state, message), state: stateOf(state, message), deleted: message.deletedAt, seq: message.seq, changedSeq: message.changedSeq, parentId: message.parentId }])),
    path: conversation(state, new Map()).map((step) => step.message.id),
  };
}

function runSchedule(seed, reduce) {
  const random = seeded(seed);
  const client = new Client(random, reduce);
  const server = new ModelChat((update) => client.receive(update));
  client.watch(server, Watch.snapshot);
  for (let i = 5 + random.below(40); i > 0; i--) {
    random.pick(moves)(server, random);
    client.deliver(server, random.below(4));
  }
  client.deliver(server, Infinity);
  client.watch(server, Watch.position);
  const fresh = applyWatch(emptyChat('chat'), server.watch()).state;
  assert.deepEqual(shown(client.state), shown(fresh));
}

function runSchedules(count, reduce) {
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    try {
      runSchedule(seed, reduce);
    } catch (error) {
      error.message = `HUBCHAT_SEED=${seed} HUBCHAT_SCHEDULES=1: ${error.message}`;
      throw error;
    }
  }
}

test(`${schedules} random schedules of loss, repetition and overtaking end in the server's state (seed ${firstSeed})`, () => {
  runSchedules(schedules, applyUpdate);
});

const unchanged = (state) => ({ state, watch: null, check: null });
const broken = {
  'appends what it already has': (state, update) =>
    applyUpdate(state, update.kind === 'delta' && state.replies.has(update.generationId)
      ? { ...update, off: Math.max(update.off, state.replies.get(update.generationId).text.length) } : update),
  'appends over a gap in the text': (state, update) =>
    applyUpdate(state, update.kind === 'delta' && state.replies.has(update.generationId)
      ? { ...update, off: Math.min(update.off, state.replies.get(update.generationId).text.length) } : update),
  'mixes epochs': (state, update) =>
    applyUpdate(state, update.kind === 'delta' && state.replies.has(update.generationId)
      ? { ...update, epoch: state.replies.get(update.generationId).epoch } : update),
  'ignores a gap in the events': (state, update) =>
    applyUpdate(state, update.kind === 'event' && update.event.seq > state.seq ? { ...update, event: { ...update.event, seq: state.seq + 1 } } : update),
  'drops events': (state, update) => update.kind === 'event' ? unchanged({ ...state, seq: Math.max(state.seq, update.event.seq) }) : applyUpdate(state, update),
  'applies old events again': (state, update) =>
    applyUpdate(state, update.kind === 'event' ? { ...update, event: { ...update.event, seq: state.seq + 1 } } : update),
  'ignores resets': (state, update) => update.kind === 'reset' && state.replies.has(update.generationId)
    ? unchanged({ ...state, replies: new Map(state.replies).set(update.generationId, { ...state.replies.get(update.generationId), epoch: update.epoch }) })
    : applyUpdate(state, update),
};

for (const [name, reduce] of Object.entries(broken)) {
  test(`a reducer that ${name} is found out`, () => {
    assert.throws(() => runSchedules(2_000, reduce));
  });
}

const vectors = new URL('vectors/', import.meta.url);
for (const file of readdirSync(vectors)) {
  for (const vector of JSON.parse(readFileSync(new URL(file, vectors), 'utf8'))) {
    test(`${file}: ${vector.name}`, () => runVector(vector));
  }
}

function runVector({ steps, expect }) {
  let state = emptyChat('chat');
  for (const { watch, update, older, asks = null } of steps) {
    const taken = watch ? applyWatch(state, watch) : update ? applyUpdate(state, update) : { state: addOlder(state, older), watch: null };
    const wanted = taken.check && hashOf(taken.check.text) !== taken.check.hash ? Watch.snapshot : taken.watch;
    assert.equal(wanted, asks, `after ${JSON.stringify(update ?? watch ?? older)}`);
    state = taken.state;
  }
  const found = shown(state);
  if (expect.seq !== undefined) { assert.equal(found.seq, expect.seq); }
  if (expect.title !== undefined) { assert.equal(found.chat.title, expect.title); }
  if (expect.participants) { assert.deepEqual(Object.keys(found.participants), expect.participants); }
  if (expect.presence) { assert.deepEqual([...state.presence], expect.presence); }
  if (expect.path) { assert.deepEqual(found.path, expect.path); }
  if (expect.position) { assert.deepEqual(positionOf(state), expect.position); }
  if (expect.closed) { assert.equal(state.closed, expect.closed); }
  for (const [id, members] of Object.entries(expect.messages ?? {})) {
    for (const [member, value] of Object.entries(members)) {
      assert.equal(found.messages[id][member], value, `${member} of ${id}`);
    }
  }
}

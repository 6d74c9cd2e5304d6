// What this client knows of one chat, and how it changes: the table "Applying updates" of docs/protocol/hub.md, nothing else.
// No DOM, no network, no clock. States are never changed in place, so a view can tell by identity what moved.

import { applyEvent, isFinal, putMessage } from './chat-events.js';

export { isFinal };

/** How a step asks for the missing part: from the position of this client, or everything anew. */
export const Watch = Object.freeze({ position: 'position', snapshot: 'snapshot' });

const typingLasts = 6000;

export function emptyChat(chatId) {
  return {
    chatId,
    seq: null,
    chat: null,
    participants: new Map(),
    messages: new Map(),
    oldestSeq: null,
    hasMore: false,
    replies: new Map(),
    presence: new Set(),
    typing: new Map(),
    closed: null,
  };
}

/** A step: the new state, whether WatchChat must be called, and a text whose hash is still to be compared. */
const step = (state, watch = null, check = null) => ({ state, watch, check });

export function applyUpdate(state, update, now = 0) {
  switch (update.kind) {
    case 'event': return applyNext(state, update.event);
    case 'reset': return applyReply(state, update, applyReset);
    case 'delta': return applyReply(state, update, applyDelta);
    case 'done': return applyReply(state, update, applyDone);
    case 'resync': return applyWatch(state, update.watch);
    case 'top': return step(state, state.seq !== null && update.seq <= state.seq ? null : Watch.position);
    case 'presence': return step({ ...state, presence: new Set(update.userIds) });
    case 'typing': return step({ ...state, typing: withTyping(state.typing, update, now) });
    case 'closed': return step({ ...state, closed: update.reason });
    default: return step(state);
  }
}

export function applyWatch(state, result) {
  return result.snapshot ? step(fromSnapshot(state, result)) : catchUp(state, result);
}

/** A page of GetMessages with older messages. */
export function addOlder(state, page) {
  let next = { ...state, hasMore: page.hasMore };
  for (const message of page.messages) {
    next = putMessage(next, message);
  }
  const first = page.messages[0];
  return first ? { ...next, oldestSeq: Math.min(first.seq, state.oldestSeq ?? first.seq) } : next;
}

/** What WatchChat is told about the part this client already has. */
export function positionOf(state) {
  if (state.seq === null) {
    return {};
  }
  const generations = [];
  for (const [id, reply] of state.replies) {
    if (!reply.ended) {
      generations.push({ id, epoch: reply.epoch, off: reply.text.length });
    }
  }
  return { afterSeq: state.seq, generations };
}

/** The text to show: a reply that is being written has more of it than its stored message. */
export function textOf(state, message) {
  return attemptOf(state, message)?.text ?? message.text;
}

/** The state to show: `done` may come before the event that stores it. */
export function stateOf(state, message) {
  return attemptOf(state, message)?.ended ?? message.state;
}

function attemptOf(state, message) {
  return message.state === 'running' ? state.replies.get(message.generationId) : undefined;
}

function applyNext(state, event) {
  if (state.seq === null || event.seq > state.seq + 1) {
    return step(state, Watch.position);
  }
  return step(event.seq <= state.seq ? state : applyEvent(state, event));
}

function applyReply(state, update, apply) {
  if (state.messages.has(update.messageId)) {
    return apply(state, update);
  }
  // With the whole chat here, the event that announced the reply was lost. With only its end here, the reply may be from before: its
  // text is asked for when its message is here.
  return step(state, state.hasMore ? null : Watch.position);
}

function applyReset(state, reset) {
  const { generationId, messageId, epoch, text } = reset;
  // A reply that still waits, as far as this client knows, is being written: the event that said so is missing.
  const startIsMissing = state.messages.get(messageId)?.state === 'queued';
  return step(withReply(state, generationId, { messageId, epoch, text, ended: null }), startIsMissing ? Watch.position : null);
}

function applyDelta(state, delta) {
  const reply = state.replies.get(delta.generationId);
  if (!reply) {
    // The stored text is the whole of a reply that has ended; anything else begins with a reset that was missed.
    return step(state, endedAs(state, delta) ? null : Watch.position);
  }
  if (delta.epoch !== reply.epoch) {
    return step(state, delta.epoch > reply.epoch ? Watch.position : null);
  }
  if (reply.ended) {
    return step(state);
  }
  const known = reply.text.length - delta.off;
  if (known < 0) {
    return step(state, Watch.position);
  }
  if (known >= delta.text.length) {
    return step(state);
  }
  return step(withReply(state, delta.generationId, { ...reply, text: reply.text + delta.text.slice(known) }));
}

function applyDone(state, done) {
  const reply = state.replies.get(done.generationId);
  const message = state.messages.get(done.messageId);
  if (message?.deletedAt || (reply && done.epoch < reply.epoch)) {
    return step(state);
  }
  const stored = endedAs(state, done);
  // The text of another attempt may have the right length by chance, and its hash is compared only after it was shown.
  const text = stored ? stored.text : reply?.epoch === done.epoch ? reply.text : undefined;
  if (text?.length !== done.length) {
    return step(state, Watch.snapshot);
  }
  const ended = stored ? state : withReply(state, done.generationId, { ...reply, epoch: done.epoch, ended: done.state });
  return step(ended, null, { generationId: done.generationId, text, hash: done.hash });
}

function fromSnapshot(state, { snapshot, position }) {
  const { participants, ...chat } = snapshot.chat;
  const messages = new Map(snapshot.messages.map((message) => [message.id, message]));
  const next = {
    ...state,
    seq: position.seq,
    chat,
    participants: new Map(participants.map((participant) => [participant.userId, participant])),
    messages,
    oldestSeq: snapshot.messages[0]?.seq ?? null,
    hasMore: snapshot.hasMore ?? false,
    replies: new Map(),
    presence: new Set(snapshot.presence),
    closed: null,
  };
  for (const message of messages.values()) {
    const running = position.generations?.find((generation) => generation.id === message.generationId);
    if (running && !isFinal(message)) {
      next.replies.set(running.id, { messageId: message.id, epoch: running.epoch, text: message.text, ended: null });
    }
  }
  return next;
}

function catchUp(state, result) {
  if (state.seq === null) {
    return step(state, Watch.snapshot);
  }
  let next = { ...state, closed: null };
  let check = null;
  const updates = [
    ...(result.events ?? []).map((event) => ({ kind: 'event', event })),
    ...(result.replies ?? []),
  ];
  for (const update of updates) {
    const applied = applyUpdate(next, update);
    if (applied.watch) {
      // The answer does not join on to what is here: asking again from the same position would bring the same answer.
      return step(applied.state, Watch.snapshot);
    }
    next = applied.state;
    check = applied.check ?? check;
  }
  if (result.presence) {
    next = { ...next, presence: new Set(result.presence) };
  }
  return step(next, reaches(next, result.position) ? null : Watch.snapshot, check);
}

/** What follows an answer of WatchChat joins on to its position, so the state must have come as far as that. */
function reaches(state, position) {
  if (state.seq < position.seq) {
    return false;
  }
  return (position.generations ?? []).every(({ id, epoch, off }) => {
    const reply = state.replies.get(id);
    return off === 0 || (reply ? reply.ended || reply.epoch > epoch || (reply.epoch === epoch && reply.text.length >= off)
      : [...state.messages.values()].some((message) => message.generationId === id && isFinal(message)));
  });
}

function endedAs(state, { generationId, messageId }) {
  const message = state.messages.get(messageId);
  return message?.generationId === generationId && isFinal(message) ? message : null;
}

function withReply(state, generationId, reply) {
  return { ...state, replies: new Map(state.replies).set(generationId, reply) };
}

function withTyping(typing, { userId, typing: isTyping }, now) {
  const next = new Map(typing);
  if (isTyping) {
    next.set(userId, now + typingLasts);
  } else {
    next.delete(userId);
  }
  return next;
}

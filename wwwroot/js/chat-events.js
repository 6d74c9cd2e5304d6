// What each kind of event does to the state of a chat. The caller has made sure that the event is the next one.

/** Whether a message is at its end: nothing is being written to it. */
export const isFinal = (message) => message.state !== 'queued' && message.state !== 'running';

export function applyEvent(state, event) {
  const apply = Object.hasOwn(effects, event.type) ? effects[event.type] : null;
  const next = apply ? apply(state, event) : state;
  return { ...next, seq: event.seq };
}

/** Takes a message in, unless a newer version of it is here: an event of the past shows its message as it is now. */
export function putMessage(state, message) {
  const known = state.messages.get(message.id);
  return known && known.changedSeq > message.changedSeq ? state : withMessage(state, message);
}

const effects = {
  'chat.created': (state, { title, settings }) => withChat(state, { title, settings: { ...settings, ...hidden(state) } }),
  'chat.renamed': (state, { title, titleSource }) => withChat(state, { title, titleSource }),
  'chat.settingsChanged': (state, { settings }) => withChat(state, { settings: { ...settings, ...hidden(state) } }),

  'participant.joined': (state, { participant, assistant }) =>
    withAssistant(withParticipant(state, participant.userId, participant), assistant),
  'participant.left': (state, { userId, assistant }) => withAssistant(withoutParticipant(state, userId), assistant),
  'participant.roleChanged': (state, { userId, role }) => changeParticipant(state, userId, { role }),
  'read.moved': (state, { userId, readSeq }) => changeParticipant(state, userId, { readSeq }),

  'message.posted': (state, { message }) => withoutTyping(post(state, message), message.authorId),
  'message.edited': (state, { message, seq }) => withoutTyping(post(touch(state, message.editOf, seq), message), message.authorId),
  'message.deleted': remove,

  'generation.queued': (state, { message }) => reopen(post(state, message), message),
  'generation.started': start,
  'generation.completed': (state, { message }) => close(putMessage(state, message), message),
};

/** The owner alone knows the system prompt; events leave it out, which does not mean that it went away. */
const hidden = (state) => {
  const systemPrompt = state.chat.settings?.systemPrompt;
  return systemPrompt === undefined ? {} : { systemPrompt };
};

const withChat = (state, changes) => ({ ...state, chat: { ...state.chat, ...changes } });

const withMessage = (state, message) => ({ ...state, messages: new Map(state.messages).set(message.id, message) });

const withAssistant = (state, assistant) =>
  assistant === undefined ? state : withChat(state, { settings: { ...state.chat.settings, assistant } });

const withParticipant = (state, userId, participant) =>
  ({ ...state, participants: new Map(state.participants).set(userId, participant) });

function changeParticipant(state, userId, changes) {
  const participant = state.participants.get(userId);
  return participant ? withParticipant(state, userId, { ...participant, ...changes }) : state;
}

function withoutParticipant(state, userId) {
  const participants = new Map(state.participants);
  participants.delete(userId);
  return { ...state, participants };
}

function withoutTyping(state, userId) {
  if (!state.typing.has(userId)) {
    return state;
  }
  const typing = new Map(state.typing);
  typing.delete(userId);
  return { ...state, typing };
}

/** The newest message is the head; a reply that goes back to the queue is not new. */
function post(state, message) {
  const head = state.messages.get(state.chat.headId);
  const next = putMessage(state, message);
  return head && head.seq > message.seq ? next : withChat(next, { headId: message.id });
}

/** The message that an edit replaces stays as it is, but a second edit of it must know of the first. */
function touch(state, messageId, seq) {
  const message = state.messages.get(messageId);
  return message && message.changedSeq < seq ? withMessage(state, { ...message, changedSeq: seq }) : state;
}

function remove(state, { messageId, seq, at }) {
  const message = state.messages.get(messageId);
  if (!message) {
    return state;
  }
  const next = withMessage(state, { ...message, text: '', deletedAt: message.deletedAt ?? at, changedSeq: Math.max(seq, message.changedSeq) });
  return state.chat.headId === messageId ? withChat(next, { headId: newest(next)?.id }) : next;
}

const newest = (state) =>
  [...state.messages.values()].filter((message) => !message.deletedAt).reduce((a, b) => (a && a.seq > b.seq ? a : b), null);

function start(state, { messageId, generationId, seq }) {
  const message = state.messages.get(messageId);
  if (!message || message.changedSeq >= seq) {
    return state;
  }
  return withMessage(state, { ...message, generationId, state: 'running', changedSeq: seq });
}

/** A reply that waits (again) has the text that was stored; its next attempt begins with a reset. */
function reopen(state, message) {
  if (message.state !== 'queued') {
    return close(state, message);
  }
  const replies = new Map(state.replies);
  return replies.delete(message.generationId) ? { ...state, replies } : state;
}

function close(state, message) {
  const reply = state.replies.get(message.generationId);
  if (!reply || !isFinal(message)) {
    return state;
  }
  return { ...state, replies: new Map(state.replies).set(message.generationId, { ...reply, ended: message.state }) };
}

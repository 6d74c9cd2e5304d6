// From the state of a chat to the rows of its list: what each message shows and what this person may do with it.

import { stateOf, textOf } from './chat-state.js';
import { conversation } from './conversation.js';

const groupedWithin = 5 * 60_000;
const early = ['stopped', 'failed', 'interrupted'];
const noVersions = [];

export function rowsOf(state, { me, choices, pending }) {
  const rights = rightsOf(state, me);
  let queuePlace = 0;
  const rows = conversation(state, choices).map(({ message, versions, index }) => {
    const shownState = stateOf(state, message);
    const live = shownState === 'queued' || shownState === 'running';
    return {
      key: message.authorId === me.id && message.clientMessageId ? `c:${message.clientMessageId}` : message.id,
      message, versions, index, live,
      state: shownState,
      text: textOf(state, message),
      own: message.authorId === me.id,
      author: nameOf(state, message.authorId, message.authorName),
      asker: message.askerId && state.participants.size > 1 ? nameOf(state, message.askerId) : '',
      stopper: message.stoppedBy ? message.stoppedBy === me.id ? 'you' : nameOf(state, message.stoppedBy) : '',
      queuePlace: shownState === 'queued' ? ++queuePlace : 0,
      may: rights.over(message, shownState),
      pending: null,
      grouped: false,
    };
  });
  const shown = new Set(rows.map((row) => row.key));
  rows.push(...pending.filter((item) => !shown.has(`c:${item.clientMessageId}`)).map((item) => pendingRow(item, me)));
  markGroups(rows);
  return rows;
}

/** The reply that the stop button stops: the newest one this person may stop. */
export function stoppable(state, me) {
  const rights = rightsOf(state, me);
  return [...state.messages.values()]
    .filter((message) => ['queued', 'running'].includes(stateOf(state, message)) && !message.deletedAt && rights.mayStop(message))
    .sort((a, b) => (b.state === 'running') - (a.state === 'running') || b.seq - a.seq)[0];
}

export function nameOf(state, userId, fallback) {
  const person = state.participants.get(userId);
  return person?.displayName ?? person?.username ?? fallback ?? 'deleted user';
}

export const roleOf = (state, me) => state.participants.get(me.id)?.role ?? 'reader';

function rightsOf(state, me) {
  const role = roleOf(state, me);
  const writes = role !== 'reader';
  const owns = role === 'owner';
  const assistantOn = state.chat?.settings?.assistant !== 'off';
  return {
    mayStop: (message) => owns || message.askerId === me.id || (writes && state.chat?.settings?.whoMayStop === 'everyone'),
    over(message, shownState) {
      const ended = shownState !== 'queued' && shownState !== 'running';
      const reply = message.role === 'assistant';
      const there = !message.deletedAt;
      return {
        copy: there && message.text !== '' && ended,
        edit: there && writes && !reply && message.authorId === me.id,
        regenerate: there && writes && assistantOn && reply && ended,
        continue: there && writes && assistantOn && reply && early.includes(shownState),
        remove: there && ended && (owns || message.authorId === me.id || message.askerId === me.id),
        retry: false,
      };
    },
  };
}

function pendingRow(item, me) {
  return {
    key: `c:${item.clientMessageId}`,
    message: { role: 'user', authorId: me.id, authorName: me.displayName, text: item.text },
    versions: noVersions, index: 0, live: false,
    state: item.state,
    text: item.text,
    own: true,
    author: me.displayName,
    asker: '', stopper: '', queuePlace: 0,
    may: { copy: true, edit: false, regenerate: false, continue: false, retry: item.state === 'failed', remove: item.state === 'failed' },
    pending: item,
    grouped: false,
  };
}

function markGroups(rows) {
  rows.forEach((row, index) => {
    const before = rows[index - 1];
    row.grouped = Boolean(before) && row.message.role === 'user' && before.message.role === 'user'
      && row.message.authorId === before.message.authorId
      && Math.abs(at(row) - at(before)) < groupedWithin;
  });
}

const at = (row) => row.message.createdAt ? Date.parse(row.message.createdAt) : Date.now();

// Messages form a tree, a conversation is one path through it. This chooses the path that is shown.

const childrenByMessages = new WeakMap();

/**
 * The path that ends in the newest message, except where the reader chose another version (`choices`: parent id → child id;
 * '' stands for "no parent"). Each step tells its versions, oldest first.
 */
export function conversation(state, choices) {
  const children = childrenOf(state.messages);
  const onHeadPath = new Set();
  let top = null;
  for (let message = headOf(state); message; message = state.messages.get(message.parentId)) {
    onHeadPath.add(message.id);
    top = message;
  }

  const path = [];
  let parentId = top ? top.parentId ?? '' : undefined;
  while (parentId !== undefined && children.has(parentId)) {
    const versions = children.get(parentId);
    const chosen = versions.find((version) => version.id === choices.get(parentId))
      ?? versions.find((version) => onHeadPath.has(version.id))
      ?? versions.at(-1);
    path.push({ message: chosen, versions: versions.map((version) => version.id), index: versions.indexOf(chosen) });
    parentId = chosen.id;
  }
  return path;
}

/** The newest message: where the conversation goes on. */
export function headOf(state) {
  return state.messages.get(state.chat?.headId);
}

function childrenOf(messages) {
  const known = childrenByMessages.get(messages);
  if (known) {
    return known;
  }
  const children = new Map();
  for (const message of [...messages.values()].sort((a, b) => a.seq - b.seq)) {
    const parentId = message.parentId ?? '';
    children.set(parentId, [...(children.get(parentId) ?? []), message]);
  }
  childrenByMessages.set(messages, children);
  return children;
}

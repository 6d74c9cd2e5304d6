// What the browser remembers: drafts and how the page is laid out. Never who is signed in, never what was said.

const prefix = 'hubchat.';

export const draftOf = (userId, chatId) => read(`draft.${userId}.${chatId}`) ?? '';

export const keepDraft = (userId, chatId, text) => write(`draft.${userId}.${chatId}`, text === '' ? null : text);

/** Messages that were written but that the server has not accepted yet. */
export const unsentOf = (userId, chatId) => {
  try {
    return JSON.parse(read(`unsent.${userId}.${chatId}`) ?? '[]');
  } catch {
    return [];
  }
};

export const keepUnsent = (userId, chatId, items) =>
  write(`unsent.${userId}.${chatId}`, items.length === 0 ? null : JSON.stringify(items));

export const preference = (name) => read(`pref.${name}`);

export const keepPreference = (name, value) => write(`pref.${name}`, value);

// Storage may be switched off or full: then nothing is remembered, and everything else works.
function read(key) {
  try {
    return localStorage.getItem(prefix + key);
  } catch {
    return null;
  }
}

function write(key, value) {
  try {
    if (value === null) {
      localStorage.removeItem(prefix + key);
    } else {
      localStorage.setItem(prefix + key, value);
    }
  } catch {
    return;
  }
}

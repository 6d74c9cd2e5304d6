// What the buttons of a message do.

import { copy } from './message-list-view.js';
import { complain } from './notices.js';
import { newId } from './outbox.js';

export function messageActions(view) {
  const { chatId } = view;

  const choose = ({ message, versions, index }, step) => {
    const version = versions[index + step];
    if (version) {
      view.choices.set(message.parentId ?? '', version);
      view.paint();
    }
  };

  // Who makes a new version wants to see it, whatever was chosen before.
  const follow = () => {
    view.choices.clear();
    view.list.follow.pin();
  };

  return {
    previous: (row) => choose(row, -1),
    next: (row) => choose(row, 1),
    copy: (row) => copy(row.text),

    async regenerate({ message }) {
      follow();
      await view.call('Regenerate', { chatId, messageId: message.id, clientMessageId: newId() });
    },

    async continue({ message }) {
      await view.call('ContinueReply', { chatId, messageId: message.id });
    },

    edit({ message }, messageView) {
      const clientMessageId = newId();
      messageView.edit(async (text) => {
        if (text.trim() === '' || text === message.text) {
          return true;
        }
        try {
          await view.hub.call('EditMessage', { chatId, messageId: message.id, text, clientMessageId, baseSeq: message.changedSeq });
          follow();
          return true;
        } catch (error) {
          complain(error);
          return false;
        }
      });
    },

    async remove({ message, pending }) {
      if (pending) {
        view.outbox.remove(pending.clientMessageId);
      } else {
        await view.call('DeleteMessage', { chatId, messageId: message.id });
      }
    },

    retry({ pending }) {
      view.outbox.retry(pending.clientMessageId);
    },
  };
}

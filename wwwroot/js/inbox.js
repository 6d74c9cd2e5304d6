// The list of chats, kept current by WatchInbox and InboxUpdate.

/** Events: `change`. */
export class Inbox extends EventTarget {
  chats = new Map();
  loaded = false;
  #hub;
  #onState = () => this.#hub.state === 'live' && this.#watch();
  #onUpdate = ({ detail }) => this.#apply(detail);

  constructor(hub) {
    super();
    this.#hub = hub;
    hub.addEventListener('state', this.#onState);
    hub.addEventListener('inbox', this.#onUpdate);
    this.#onState();
  }

  close() {
    this.#hub.removeEventListener('state', this.#onState);
    this.#hub.removeEventListener('inbox', this.#onUpdate);
  }

  /** Pinned ones first, then the newest activity. */
  sorted() {
    return [...this.chats.values()]
      .filter((chat) => !chat.archived)
      .sort((a, b) => b.pinned - a.pinned || b.activityAt.localeCompare(a.activityAt) || b.id.localeCompare(a.id));
  }

  get unread() {
    return this.sorted().reduce((sum, chat) => sum + chat.unread, 0);
  }

  async #watch() {
    try {
      const { chats } = await this.#hub.call('WatchInbox');
      this.chats = new Map(chats.map((chat) => [chat.id, chat]));
      this.loaded = true;
      this.dispatchEvent(new Event('change'));
    } catch (error) {
      if (error.code !== 'disconnected' && error.code !== 'session_ended') {
        setTimeout(this.#onState, 2000);
      }
    }
  }

  #apply(update) {
    switch (update.kind) {
      case 'chat': this.chats.set(update.chat.id, update.chat); break;
      case 'removed': this.chats.delete(update.chatId); break;
      case 'resync': this.#watch(); return;
      default: return;
    }
    this.dispatchEvent(new Event('change'));
  }
}

// Title, faces and connection of the open chat.

import { arrange, attribute, el, icon, text } from './dom.js';
import { avatar, dress } from './people.js';

const facesShown = 4;

/** Calls `rename(title)`, `togglePeople()`, `openList()`. */
export class ChatHeaderView {
  constructor({ rename, togglePeople, openList }, connection) {
    this.rename = rename;
    this.title = el('h1', { class: 'chat-title', 'data-testid': 'chat-title', dir: 'auto' });
    this.editTitle = el('button', { type: 'button', class: 'tool', 'data-testid': 'rename', 'aria-label': 'Rename this chat', title: 'Rename', onclick: () => this.#edit() }, icon('edit'));
    this.titleBox = el('div', { class: 'title-box' }, this.title, this.editTitle);
    this.faces = el('span', { class: 'faces' });
    this.count = el('span', { class: 'visually-hidden' });
    this.people = el('button', { type: 'button', class: 'quiet faces-button', 'data-testid': 'people-toggle', 'aria-controls': 'people', title: 'People', onclick: togglePeople }, this.faces, this.count, icon('people'));
    this.element = el('header', { class: 'chat-head' },
      el('button', { type: 'button', class: 'quiet square only-narrow', 'data-testid': 'open-list', 'aria-label': 'Chats', onclick: openList }, icon('menu')),
      this.titleBox, connection, this.people);
  }

  show(state, me, peopleOpen) {
    text(this.title, state.chat?.title || (state.chat ? 'New chat' : '\u00a0'));
    this.editTitle.hidden = state.participants.get(me.id)?.role !== 'owner';
    const people = [...state.participants.values()];
    const shown = people.slice(0, facesShown);
    arrange(this.faces, shown.map((person, index) => {
      const face = this.faces.children[index]?.classList.contains('avatar') ? this.faces.children[index] : avatar({ id: '', name: '' });
      dress(face, { id: person.userId, name: person.displayName });
      attribute(face, 'data-online', String(state.presence.has(person.userId)));
      return face;
    }));
    text(this.count, `People: ${people.length}, here now: ${state.presence.size}`);
    attribute(this.people, 'aria-expanded', String(peopleOpen));
  }

  #edit() {
    const input = el('input', { class: 'title-input', 'data-testid': 'title-input', 'aria-label': 'Title', maxlength: 200, dir: 'auto' });
    input.value = this.title.textContent;
    const form = el('form', { class: 'title-box' }, input);
    let open = true;
    const close = (save) => {
      if (!open) {
        return;
      }
      open = false;
      const value = input.value.trim();
      form.replaceWith(this.titleBox);
      this.editTitle.focus();
      if (save && value !== '' && value !== this.title.textContent) {
        this.rename(value);
      }
    };
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      close(true);
    });
    input.addEventListener('blur', () => close(true));
    input.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') {
        event.stopPropagation();
        close(false);
      }
    });
    this.titleBox.replaceWith(form);
    input.select();
    input.focus();
  }
}

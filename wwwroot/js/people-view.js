// Who is in the chat, who is here now, and what the owner may change about it.

import { arrange, attribute, el, icon, text } from './dom.js';
import { avatar, dress } from './people.js';

const modes = [['', 'Automatically'], ['always', 'Every message'], ['mention', 'When @assistant is named'], ['off', 'Never']];

/** Calls `invite(username)`, `remove(userId)`, `leave()`, `setAssistant(mode)` and `setModel(name)`; all return promises. */
export class PeopleView {
  models = [];
  #rows = new Map();

  constructor(actions, onClose) {
    this.actions = actions;
    this.list = el('ul', { class: 'people', 'data-testid': 'participants', 'aria-label': 'People in this chat' });
    this.input = el('input', { id: 'invite', 'data-testid': 'invite-input', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', placeholder: 'User name' });
    this.invite = el('form', { class: 'invite', onsubmit: (event) => this.#invite(event) },
      el('label', { for: 'invite' }, 'Invite a person'),
      el('div', { class: 'row' }, this.input, el('button', { type: 'submit', class: 'primary small', 'data-testid': 'invite-submit' }, 'Invite')));
    this.error = el('p', { class: 'error', role: 'alert', 'data-testid': 'invite-error', hidden: true });
    this.mode = el('select', { id: 'assistant-mode', 'data-testid': 'assistant-mode', onchange: () => this.actions.setAssistant(this.mode.value || null) },
      modes.map(([value, caption]) => el('option', { value }, caption)));
    this.assistant = el('div', { class: 'field' }, el('label', { for: 'assistant-mode' }, 'The assistant answers'), this.mode);
    this.model = el('select', { id: 'model', 'data-testid': 'model', onchange: () => this.actions.setModel(this.model.value || null) });
    this.modelField = el('div', { class: 'field' }, el('label', { for: 'model' }, 'Model'), this.model);
    this.leave = el('button', { type: 'button', class: 'quiet', 'data-testid': 'leave', onclick: () => this.actions.leave() }, icon('exit'), 'Leave this chat');
    this.element = el('aside', { class: 'drawer', id: 'people', 'aria-label': 'People' },
      el('header', { class: 'drawer-head' }, el('h2', {}, 'People'),
        el('button', { type: 'button', class: 'quiet square', 'aria-label': 'Close', onclick: onClose }, icon('close'))),
      this.list, this.invite, this.error, this.assistant, this.modelField, this.leave);
  }

  show(state, me) {
    const owns = state.participants.get(me.id)?.role === 'owner';
    const people = [...state.participants.values()].sort((a, b) => a.joinedSeq - b.joinedSeq);
    const here = new Set(people.map((person) => person.userId));
    for (const userId of [...this.#rows.keys()].filter((known) => !here.has(known))) {
      this.#rows.delete(userId);
    }
    arrange(this.list, people.map((person) => this.#row(person, state.presence.has(person.userId), me, owns)));
    this.invite.hidden = !owns;
    this.assistant.hidden = this.modelField.hidden = !owns;
    this.leave.hidden = owns || state.participants.size === 0;
    const { settings } = state.chat ?? {};
    this.mode.value = settings?.assistantIsDefault === false ? settings.assistant : '';
    this.#showModel(settings?.model ?? '');
  }

  /** The models there are to choose from. */
  offer(models) {
    this.models = models;
    this.model.replaceChildren();
  }

  #showModel(chosen) {
    const standard = this.models.find((model) => model.default)?.name;
    const choices = [['', standard ? `Default (${standard})` : 'Default'], ...this.models.map(({ name }) => [name, name])];
    if (choices.every(([value]) => value !== chosen)) {
      choices.push([chosen, `${chosen} (not available)`]);
    }
    if (this.model.options.length !== choices.length || choices.some(([value], index) => this.model.options[index].value !== value)) {
      this.model.replaceChildren(...choices.map(([value, caption]) => el('option', { value }, caption)));
    }
    this.model.value = chosen;
  }

  #row(person, online, me, owns) {
    let row = this.#rows.get(person.userId);
    if (!row) {
      row = { face: avatar({ id: '', name: '' }), name: el('bdi', {}), detail: el('span', { class: 'detail' }) };
      row.remove = el('button', { type: 'button', class: 'tool', 'data-testid': 'remove-participant', onclick: () => this.actions.remove(person.userId) }, icon('close'));
      row.element = el('li', { class: 'person', 'data-testid': 'participant', 'data-user-id': person.userId });
      row.about = el('span', { class: 'person-name' }, row.name, row.detail);
      this.#rows.set(person.userId, row);
    }
    const isMe = person.userId === me.id;
    dress(row.face, { id: person.userId, name: person.displayName });
    text(row.name, person.displayName + (isMe ? ' (you)' : ''));
    text(row.detail, [`@${person.username}`, person.role !== 'member' && person.role, online ? 'here now' : 'away'].filter(Boolean).join(' · '));
    attribute(row.element, 'data-online', String(online));
    attribute(row.face, 'data-online', String(online));
    const parts = [row.face, row.about];
    arrange(row.element, owns && !isMe ? [...parts, row.remove] : parts);
    attribute(row.remove, 'aria-label', `Remove ${person.displayName}`);
    attribute(row.remove, 'title', `Remove ${person.displayName}`);
    return row.element;
  }

  async #invite(event) {
    event.preventDefault();
    const username = this.input.value.trim().replace(/^@/, '');
    if (username === '') {
      this.input.focus();
      return;
    }
    this.error.hidden = true;
    try {
      await this.actions.invite(username);
      this.input.value = '';
    } catch (error) {
      text(this.error, error.code === 'not_found' ? `Nobody here is called “${username}”.` : error.message);
      this.error.hidden = false;
    }
    this.input.focus();
  }
}

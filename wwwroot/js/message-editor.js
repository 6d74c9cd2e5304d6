// Editing a message in its place.

import { el } from './dom.js';

export class MessageEditor {
  constructor(text, save, close) {
    this.input = el('textarea', { class: 'edit-input', 'data-testid': 'edit-input', 'aria-label': 'Edit the message', rows: 3, dir: 'auto' });
    this.input.value = text;
    const submit = el('button', { type: 'submit', class: 'primary small', 'data-testid': 'edit-save' }, 'Save');
    this.element = el('form', {
      class: 'message-editor',
      onsubmit: async (event) => {
        event.preventDefault();
        submit.disabled = true;
        if (await save(this.input.value)) {
          close();
        }
        submit.disabled = false;
      },
      onkeydown: (event) => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          close();
        } else if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
          event.preventDefault();
          this.element.requestSubmit();
        }
      },
    },
    this.input,
    el('div', { class: 'row' }, submit, el('button', { type: 'button', class: 'quiet small', 'data-testid': 'edit-cancel', onclick: close }, 'Cancel')));
  }

  focus() {
    this.input.focus();
    this.input.setSelectionRange(this.input.value.length, this.input.value.length);
  }
}

// Signing in and signing up: one form, two faces.

import { signIn, signUp } from './api.js';
import { attribute, el, text } from './dom.js';

const reasons = {
  logged_out: 'You signed out.',
  revoked: 'This session was ended from another place. Sign in again.',
  expired: 'Your session has expired. Sign in again.',
  password_changed: 'The password was changed. Sign in with the new one.',
  account_deleted: 'This account was deleted.',
  locked: 'This account is locked.',
  session_ended: 'Your session has ended. Sign in again; your drafts are kept.',
};

export class AuthView {
  #joining = false;

  constructor(onSignedIn, reason) {
    this.onSignedIn = onSignedIn;
    this.notice = el('p', { class: 'notice', role: 'status', hidden: !reason }, reason ? reasons[reason] ?? reasons.session_ended : '');
    this.error = el('p', { class: 'error', role: 'alert', 'data-testid': 'auth-error', hidden: true });
    this.username = field('username', 'User name', { autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', required: true });
    this.email = field('email', 'E-mail', { type: 'email', autocomplete: 'email' });
    this.password = field('password', 'Password', { type: 'password', required: true });
    this.setupToken = field('setup-token', 'Setup token', { autocomplete: 'off', spellcheck: 'false' });
    this.setup = el('details', {}, el('summary', {}, 'I set up this server'),
      el('p', { class: 'hint' }, 'The server shows a token on its console once. Who signs up with it becomes the administrator.'), this.setupToken.row);
    this.submit = el('button', { class: 'primary', type: 'submit', 'data-testid': 'submit' });
    this.heading = el('h2', {});
    this.question = el('span', {});
    this.toggle = el('button', { type: 'button', class: 'link', 'data-testid': 'toggle-auth', onclick: () => this.#face(!this.#joining) });
    this.form = el('form', { onsubmit: (event) => this.#send(event), novalidate: true },
      this.heading, this.notice, this.username.row, this.email.row, this.password.row, this.setup, this.error, this.submit);
    this.element = el('main', { class: 'auth' },
      el('div', { class: 'auth-card' },
        el('div', { class: 'brand' }, el('img', { src: '/icon.svg', alt: '', width: 40, height: 40 }), el('h1', {}, 'HubChat')),
        el('p', { class: 'tagline' }, 'One live chat for people and an assistant. Everybody sees every word as it is written.'),
        this.form,
        el('p', { class: 'switch' }, this.question, ' ', this.toggle)));
    this.#face(false);
  }

  shown() {
    this.username.input.focus();
  }

  #face(joining) {
    this.#joining = joining;
    attribute(this.form, 'data-testid', joining ? 'signup-form' : 'login-form');
    this.email.row.hidden = !joining;
    this.email.input.required = joining;
    this.setup.hidden = !joining;
    this.error.hidden = true;
    text(this.username.label, joining ? 'User name' : 'User name or e-mail');
    attribute(this.password.input, 'autocomplete', joining ? 'new-password' : 'current-password');
    text(this.heading, joining ? 'Create an account' : 'Sign in');
    text(this.submit, joining ? 'Sign up' : 'Sign in');
    text(this.question, joining ? 'You have an account?' : 'New here?');
    text(this.toggle, joining ? 'Sign in' : 'Create an account');
  }

  async #send(event) {
    event.preventDefault();
    const missing = [this.username, this.email, this.password].find(({ input }) => input.required && input.value.trim() === '');
    if (missing) {
      this.#refuse(`${missing.label.textContent} is missing.`, missing.input);
      return;
    }
    this.submit.disabled = true;
    this.error.hidden = true;
    try {
      const { user } = await (this.#joining ? this.#signUp() : this.#signIn());
      this.onSignedIn(user);
    } catch (error) {
      this.#refuse(error.message, /^email/.test(error.code) ? this.email.input : /password|credentials/.test(error.code) ? this.password.input : this.username.input);
    } finally {
      this.submit.disabled = false;
    }
  }

  #signUp() {
    const setupToken = this.setupToken.input.value.trim();
    return signUp({
      username: this.username.input.value.trim(),
      email: this.email.input.value.trim(),
      password: this.password.input.value,
      ...(setupToken && { setupToken }),
    });
  }

  #signIn() {
    const name = this.username.input.value.trim();
    return signIn({ [name.includes('@') ? 'email' : 'username']: name, password: this.password.input.value });
  }

  #refuse(message, input) {
    text(this.error, message);
    this.error.hidden = false;
    input.focus();
  }
}

function field(name, caption, attributes) {
  const input = el('input', { id: `auth-${name}`, name, 'data-testid': name, type: 'text', ...attributes });
  const label = el('label', { for: `auth-${name}` }, caption);
  return { input, label, row: el('div', { class: 'field' }, label, input) };
}

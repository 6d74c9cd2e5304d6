// Starts the page: who is signed in sees the chats, everybody else signs in.

import { whoAmI } from './api.js';
import { AppView } from './app-view.js';
import { AuthView } from './auth-view.js';
import { el } from './dom.js';

const root = document.getElementById('root');
let view = null;

start();

async function start() {
  try {
    const user = await whoAmI();
    user ? showApp(user) : showAuth();
  } catch (error) {
    showProblem(error.message);
  }
}

function showApp(user) {
  show(new AppView(user, (reason) => showAuth(reason)));
}

function showAuth(reason) {
  document.title = 'HubChat';
  show(new AuthView(showApp, reason));
}

function showProblem(message) {
  show({
    element: el('main', { class: 'auth' },
      el('div', { class: 'auth-card' },
        el('h1', {}, 'HubChat'),
        el('p', { role: 'alert' }, message),
        el('button', { class: 'primary', type: 'button', onclick: start }, 'Try again'))),
  });
}

function show(next) {
  view?.close?.();
  view = next;
  root.replaceChildren(next.element);
  next.shown?.();
}

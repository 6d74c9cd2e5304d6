// Things that are said once: to everybody at the bottom of the page, or only to assistive technology.

import { el, text } from './dom.js';

const shownFor = 7000;
let last = 0;

/** Says something to people who do not see the page. */
export function announce(message) {
  const announcer = document.getElementById('announcer');
  // The same sentence twice is said twice only if the text changes.
  text(announcer, announcer.textContent === message ? `${message}\u00a0` : message);
}

/** Says what went wrong, in words, without covering what is read. */
export function complain(error) {
  let stack = document.getElementById('notices');
  if (!stack) {
    stack = el('div', { id: 'notices' });
    document.body.append(stack);
  }
  const id = ++last;
  const notice = el('div', { class: 'toast', role: 'alert', 'data-testid': 'notice', 'data-id': id },
    el('span', {}, error.message),
    el('button', { type: 'button', class: 'quiet small', 'aria-label': 'Dismiss', onclick: () => notice.remove() }, '×'));
  stack.append(notice);
  setTimeout(() => notice.remove(), shownFor);
}

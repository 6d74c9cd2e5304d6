// How people are shown: initials on a colour that stays theirs.

import { attribute, el, text } from './dom.js';

export function avatar(person) {
  const element = el('span', { class: 'avatar', 'aria-hidden': 'true' });
  dress(element, person);
  return element;
}

export function dress(element, { id, name }) {
  text(element, initials(name));
  attribute(element, 'data-hue', hueOf(id));
}

export function initials(name) {
  const words = name.trim().split(/[\s._-]+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)].map((word) => [...word][0]) : [...(words[0] ?? '?')].slice(0, 2);
  return letters.join('').toUpperCase();
}

/** One of eight colours; the style sheet has them, because the page may not set styles in its markup. */
function hueOf(id) {
  let sum = 0;
  for (const character of id) {
    sum = (sum * 31 + character.charCodeAt(0)) % 8191;
  }
  return sum % 8;
}

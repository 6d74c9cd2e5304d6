// A message's text in the page. While it grows only its last block is parsed again, and nodes that are the same stay the same,
// so that a selection in them is not lost.

import { blocksOf, nodesOf } from './markdown.js';
import { mend } from './markdown-mend.js';

export class MarkdownText {
  #text = null;
  #live = false;
  #settled = '';
  #links = Object.create(null);
  #open = null;
  #parsedAt = 0;
  #cost = 0;
  #timer = 0;

  constructor(element) {
    this.element = element;
  }

  show(text, live) {
    if (text === this.#text && live === this.#live) {
      return;
    }
    clearTimeout(this.#timer);
    // A block that is costly to parse is parsed less often, never for more than a fifth of the time.
    const wait = live && this.#text !== null ? this.#parsedAt + 4 * this.#cost - performance.now() : 0;
    if (wait > 16) {
      this.#timer = setTimeout(() => this.show(text, live), wait);
      return;
    }
    // Definitions at the end change links at the start: then the whole text is looked at once more.
    const ended = this.#live && !live && Object.keys(this.#links).length > 0;
    if (ended || !text.startsWith(this.#settled) || text.includes('\r')) {
      this.#clear();
    }
    this.#text = text;
    this.#live = live;
    const began = performance.now();
    this.#parse(text.replaceAll('\r\n', '\n').slice(this.#settled.length), live);
    this.#parsedAt = performance.now();
    this.#cost = this.#parsedAt - began;
  }

  #clear() {
    this.#settled = '';
    this.#links = Object.create(null);
    this.#open = this.element.firstElementChild;
    while (this.#open?.nextSibling) {
      this.#open.nextSibling.remove();
    }
  }

  #parse(tail, live) {
    const blocks = blocksOf(live ? mend(tail) : tail, this.#links);
    while (blocks.at(-1)?.type === 'space') {
      blocks.pop();
    }
    let settled = '';
    let shown = 0;
    blocks.forEach((block, index) => {
      const isLast = index === blocks.length - 1;
      if (block.type !== 'space' && block.type !== 'def') {
        this.#showBlock(block);
        shown++;
        // The last block may still become another one: it stays open.
        if (!isLast) {
          this.#open = null;
        }
      }
      settled += isLast ? '' : block.raw;
    });
    if (tail.startsWith(settled)) {
      this.#settled += settled;
    }
    if (shown === 0) {
      this.#open?.remove();
      this.#open = null;
    }
  }

  #showBlock(block) {
    if (!this.#open) {
      this.#open = document.createElement('div');
      this.#open.className = 'block';
      this.element.append(this.#open);
    }
    morph(this.#open, nodesOf(block));
  }
}

/** Makes the children of `target` like those of `source`, touching only what differs. */
function morph(target, source) {
  let old = target.firstChild;
  for (let wanted = source.firstChild; wanted;) {
    const next = wanted.nextSibling;
    if (!old) {
      target.append(wanted);
    } else {
      const after = old.nextSibling;
      morphNode(old, wanted);
      old = after;
    }
    wanted = next;
  }
  while (old) {
    const after = old.nextSibling;
    old.remove();
    old = after;
  }
}

function morphNode(old, wanted) {
  if (old.nodeName !== wanted.nodeName) {
    old.replaceWith(wanted);
  } else if (old.nodeType === Node.TEXT_NODE) {
    if (wanted.data.startsWith(old.data)) {
      old.appendData(wanted.data.slice(old.data.length));
    } else {
      old.data = wanted.data;
    }
  } else {
    for (const { name } of [...old.attributes]) {
      if (!wanted.hasAttribute(name)) {
        old.removeAttribute(name);
      }
    }
    for (const { name, value } of wanted.attributes) {
      if (old.getAttribute(name) !== value) {
        old.setAttribute(name, value);
      }
    }
    morph(old, wanted);
  }
}

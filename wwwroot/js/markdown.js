// Markdown to safe HTML. Raw HTML in a message is shown, never used; what the renderer makes is sanitised once more at the only
// place where text becomes markup: the page's Trusted Types policy.

import { Lexer, Marked, Parser } from '../lib/marked.js';
import DOMPurify from '../lib/purify.js';
import { highlight } from './code-highlight.js';
import { hostBeside } from './link-host.js';

const allowed = {
  ALLOWED_TAGS: ['p', 'br', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'em', 'strong', 'del', 'code', 'pre', 'blockquote', 'ul', 'ol', 'li',
    'table', 'thead', 'tbody', 'tr', 'th', 'td', 'a', 'span', 'div', 'button', 'input'],
  ALLOWED_ATTR: ['href', 'rel', 'target', 'title', 'class', 'start', 'align', 'type', 'checked', 'disabled', 'dir'],
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:)/i,
  // Every other value would have to look like an address as well.
  ADD_URI_SAFE_ATTR: ['rel', 'target', 'start', 'align', 'type', 'checked', 'disabled', 'dir'],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  KEEP_CONTENT: true,
};

const sanitize = (html) => DOMPurify.sanitize(html, allowed);
const policy = globalThis.trustedTypes?.createPolicy('hubchat', { createHTML: sanitize }) ?? { createHTML: sanitize };

const marked = new Marked({ gfm: true, breaks: true });
const webLink = /^(?:https?:\/\/|mailto:)/i;

marked.use({
  renderer: {
    html({ text }) {
      return escape(text);
    },
    // The page has its one first heading already.
    heading({ tokens, depth }) {
      const level = Math.min(depth + 1, 6);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>`;
    },
    link({ href, title, tokens }) {
      const inner = this.parser.parseInline(tokens);
      return anchor(href, inner, { title, words: tokens.every((token) => token.type === 'text') ? tokens.map((token) => token.text).join('') : '' });
    },
    // A remote image tells its server who reads when, so it is only ever a link.
    image({ href, text }) {
      return anchor(href, `Image: ${escape(text || href)}`, { className: 'image-link', otherwise: escape(text) });
    },
    code({ text, lang }) {
      const language = /^[\w+#.-]+/.exec(lang ?? '')?.[0] ?? '';
      return `<div class="code-block"><div class="code-head"><span>${escape(language || 'text')}</span>`
        + '<button type="button" class="copy-code">Copy</button></div>'
        + `<pre dir="ltr"><code class="hljs">${highlight(text, language)}\n</code></pre></div>`;
    },
    table(token) {
      return `<div class="table-scroll">${Object.getPrototypeOf(this).table.call(this, token)}</div>`;
    },
  },
});

// What is written in a line costs more than its length: beyond this a paragraph is shown as it was typed, so that no message can
// stop the page of everybody who reads it.
const longestParagraph = 8000;

class BoundedLexer extends Lexer {
  inlineTokens(source, tokens = []) {
    if (source.length <= longestParagraph) {
      return super.inlineTokens(source, tokens);
    }
    tokens.push({ type: 'text', raw: source, text: source, escaped: false });
    return tokens;
  }
}

/** The blocks of a text. `links` collects link definitions, which hold for the whole message. */
export function blocksOf(source, links) {
  const lexer = new BoundedLexer(marked.defaults);
  Object.assign(lexer.tokens.links, links);
  try {
    const tokens = lexer.lex(source);
    Object.assign(links, tokens.links);
    return [...tokens];
  } catch {
    // Thousands of quotes in each other: nobody wrote that to be read, but it must not hide what others wrote.
    return [plainBlock(source)];
  }
}

function plainBlock(source) {
  return { type: 'paragraph', raw: source, text: source, tokens: [{ type: 'text', raw: source, text: source, escaped: false }] };
}

/** One block as nodes that can do no harm. */
export function nodesOf(block) {
  const template = document.createElement('template');
  template.innerHTML = policy.createHTML(htmlOf(block));
  return template.content;
}

function htmlOf(block) {
  try {
    return Parser.parse([block], marked.defaults);
  } catch {
    return `<p>${escape(block.raw)}</p>`;
  }
}

/** A link with the host it leads to; only the inner text where it leads nowhere that a message may lead. */
function anchor(href, inner, { title, words = '', className, otherwise = inner }) {
  const host = webLink.test(href) ? hostBeside(href, words) : null;
  if (host === null) {
    return otherwise;
  }
  const shown = host && ` <span class="link-host">${escape(host)}</span>`;
  const attributes = [
    `href="${escape(href)}"`,
    'rel="noopener noreferrer nofollow"',
    'target="_blank"',
    title && `title="${escape(title)}"`,
    className && `class="${className}"`,
  ];
  return `<a ${attributes.filter(Boolean).join(' ')}>${inner}</a>${shown}`;
}

function escape(text) {
  const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => entities[character]);
}

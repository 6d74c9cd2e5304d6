// Colours for code. A block that is still growing is not coloured anew for each piece: at most a tenth of the time goes into it.

import hljs from '../lib/highlight.min.js';

const longest = 100_000;
let last = { text: '', language: '', html: '', at: 0, cost: 0 };

/** The code as HTML: escaped, with spans around what the language knows. */
export function highlight(text, language) {
  if (!hljs.getLanguage(language) || text.length > longest) {
    return escape(text);
  }
  const now = performance.now();
  const grows = last.html !== '' && last.language === language && text.startsWith(last.text);
  if (grows && (text === last.text || now - last.at < 10 * last.cost)) {
    return last.html + escape(text.slice(last.text.length));
  }
  const html = hljs.highlight(text, { language, ignoreIllegals: true }).value;
  last = { text, language, html, at: now, cost: performance.now() - now };
  return html;
}

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

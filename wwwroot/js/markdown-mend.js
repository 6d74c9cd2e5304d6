// Half-written Markdown, closed for one look: what has begun shows as what it will be, what may still become anything waits.
// Only the end of the text is touched, so everything before its last block stays as it is.

// Longer paragraphs are not formatted while they grow.
const longest = 8000;

export function mend(source) {
  const fence = openFence(source);
  if (fence) {
    // A fence that is about to close must not show as code.
    return source.replace(/\n[ \t]*(`+|~+)$/, (line, run) => run[0] === fence[0] && run.length < fence.length ? '' : line);
  }
  const blank = source.trimEnd().lastIndexOf('\n\n');
  const paragraphAt = blank < 0 ? 0 : blank + 2;
  const paragraph = source.slice(paragraphAt).replace(/(^|\n)[ \t]*(?:[-+*=_~`]{1,2}|#{1,6}|>|\d{1,9}[.)]|[-+*] \[[ xX]?\]?)[ \t]*$/, '');
  return source.slice(0, paragraphAt) + (mendTable(paragraph) ?? mendInline(paragraph));
}

function openFence(source) {
  let fence = null;
  for (const line of source.split('\n')) {
    const run = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line);
    if (run && !fence && !(run[1][0] === '`' && run[2].includes('`'))) {
      fence = run[1];
    } else if (run && fence && run[1][0] === fence[0] && run[1].length >= fence.length && run[2].trim() === '') {
      fence = null;
    }
  }
  return fence;
}

/** A table is one from its first line on: its second line, still on the way, is made up. */
function mendTable(paragraph) {
  const lines = paragraph.trimEnd().split('\n');
  if (!/^ {0,3}\|/.test(lines[0]) || lines.length > 2 || (lines.length === 2 && !/^[ \t|:-]*$/.test(lines[1]))) {
    return null;
  }
  const header = lines[0].trim().replace(/\|$/, '').trimEnd();
  const columns = header.split(/(?<!\\)\|/).length - 1;
  return columns === 0 ? '' : `${mendInline(header)} |\n|${' --- |'.repeat(columns)}\n`;
}

function mendInline(paragraph) {
  if (paragraph.length > longest) {
    return paragraph;
  }
  let text = paragraph
    .replace(/!\[[^\]\n]*(?:\](?:\([^()\n]*)?)?$/, '')
    .replace(/\[([^[\]\n]*)\]\([^()\n]*$/, '$1')
    .replace(/\[([^[\]\n]*)$/, '$1')
    .replace(/<[a-z/][^<>\s]*$/i, '');
  const open = openMarks(text);
  const trimmed = text.trimEnd();
  const space = text.slice(trimmed.length);
  text = trimmed;
  for (const mark of open.reverse()) {
    text = text.endsWith(mark) && !text.endsWith(`\\${mark}`) ? text.slice(0, -mark.length).trimEnd() : text + mark;
  }
  return text + space;
}

/** The emphasis and code marks that were opened and not closed, outermost first. */
function openMarks(text) {
  const open = [];
  const marks = /\\[\s\S]|(`+)|(\*{1,3}|_{1,3}|~~)/g;
  for (let found = marks.exec(text); found; found = marks.exec(text)) {
    const [, code, mark] = found;
    if (code) {
      const end = text.slice(marks.lastIndex).search(new RegExp(`(?<!\`)${code}(?!\`)`));
      if (end < 0) {
        return [...open, code];
      }
      marks.lastIndex += end + code.length;
    } else if (mark) {
      pushOrClose(open, mark, text[found.index - 1] ?? ' ', text[marks.lastIndex] ?? '');
    }
  }
  return open;
}

function pushOrClose(open, mark, before, after) {
  const at = open.lastIndexOf(mark);
  if (at >= 0 && /\S/.test(before)) {
    open.length = at;
  } else if (/\S/.test(after) ? mark[0] !== '_' || !/[\p{L}\p{N}]/u.test(before) : after === '') {
    open.push(mark);
  }
}

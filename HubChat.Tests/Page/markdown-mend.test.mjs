// Half-written Markdown must not flash raw. Run: node --test HubChat.Tests/Page

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mend } from '../../wwwroot/js/markdown-mend.js';

const cases = [
  ['plain text', 'plain text'],
  ['', ''],
  ['some **bold', 'some **bold**'],
  ['some **bold ', 'some **bold** '],
  ['some **', 'some'],
  ['some **bold** text', 'some **bold** text'],
  ['2 * 3 = 6', '2 * 3 = 6'],
  ['snake_case_name', 'snake_case_name'],
  ['an _open', 'an _open_'],
  ['**a *b', '**a *b***'],
  ['call `code', 'call `code`'],
  ['call `a**b`', 'call `a**b`'],
  ['see [the docs](https://exam', 'see the docs'],
  ['see [the do', 'see the do'],
  ['see [the docs](https://example.com)', 'see [the docs](https://example.com)'],
  ['an ![image](https://exam', 'an '],
  ['title\n-', 'title'],
  ['title\n==', 'title'],
  ['text\n\n#', 'text\n\n'],
  ['text\n\n``', 'text\n\n'],
  ['- one\n-', '- one'],
  ['- one\n- [', '- one'],
  ['1.', ''],
  ['42', '42'],
  ['```js\nlet a = **b', '```js\nlet a = **b'],
  ['```js\nlet a;\n``', '```js\nlet a;'],
  ['```js\nlet a;\n```\n\nand **b', '```js\nlet a;\n```\n\nand **b**'],
  ['| a | b', '| a | b |\n| --- | --- |\n'],
  ['| a | b |\n|--', '| a | b |\n| --- | --- |\n'],
  ['| a | b |\n|---|---|\n| 1', '| a | b |\n|---|---|\n| 1'],
  ['\\*not emphasis', '\\*not emphasis'],
];

for (const [source, expected] of cases) {
  test(`${JSON.stringify(source)} shows as ${JSON.stringify(expected)}`, () => assert.equal(mend(source), expected));
}

test('Only the end of a text is changed, whatever it is', () => {
  const pieces = ['*', '**', '_', '`', '```', '[', '](', ')', '|', '\n', '\n\n', '-', '# ', '> ', 'word', ' ', '\\', '<b', '1. '];
  for (let i = 0; i < 20_000; i++) {
    const source = Array.from({ length: 1 + (i % 12) }, () => pieces[Math.floor(Math.random() * pieces.length)]).join('');
    const blank = source.trimEnd().lastIndexOf('\n\n');
    const mended = mend(source);
    assert.ok(mended.startsWith(source.slice(0, blank < 0 ? 0 : blank + 1)), JSON.stringify({ source, mended }));
  }
});

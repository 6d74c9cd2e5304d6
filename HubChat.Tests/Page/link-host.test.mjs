// A link shows where it leads, whatever its words claim. Run: node --test HubChat.Tests/Page

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostBeside } from '../../wwwroot/js/link-host.js';

const cases = [
  ['https://example.org/a', 'the page', 'example.org'],
  ['https://example.org/a', 'https://example.org/a', ''],
  ['https://example.org', 'https://example.org', ''],
  ['https://example.org', 'example.org', ''],
  ['https://example.org:8443/a', 'https://example.org:8443/a', ''],
  ['https://example.org:8443/a', 'example.org', 'example.org:8443'],
  ['https://Example.org/a', 'https://Example.org/a', ''],
  ['https://evil.test/', 'https://good.test/#evil.test', 'evil.test'],
  ['https://example.test/', 'bank.example.test', 'example.test'],
  ['https://test', 'good.test', 'test'],
  ['https://evil.test\\@good.test/', 'good', 'evil.test'],
  ['https://evil.test\\@good.test/', 'https://evil.test\\@good.test/', 'evil.test'],
  ['https://good.test@evil.test/', 'https://good.test@evil.test/', 'evil.test'],
  ['https://good.test:pass@evil.test/', 'good.test', 'evil.test'],
  ['https:///evil.test/', 'x', 'evil.test'],
  ['https://b\u00fccher.example/', 'https://b\u00fccher.example/', 'xn--bcher-kva.example'],
  ['mailto:ada@example.org', 'ada@example.org', ''],
  ['https://', 'x', null],
  ['https://exa mple.org/', 'x', null],
];

for (const [href, words, host] of cases) {
  test(`[${words}](${href}) shows ${JSON.stringify(host)}`, () => {
    assert.equal(hostBeside(href, words), host);
  });
}

// Says how the connection is; in good order it says next to nothing.

import { attribute, el, text } from './dom.js';
import { announce } from './notices.js';

const quietFor = 1000;

export class ConnectionView {
  #since = Date.now();

  constructor(hub) {
    this.hub = hub;
    this.label = el('span', { class: 'connection-label' });
    this.element = el('div', { class: 'connection', 'data-testid': 'connection-state' }, el('span', { class: 'dot' }), this.label);
    hub.addEventListener('state', () => this.#changed());
    this.timer = setInterval(() => this.#show(), 500);
    this.#show();
  }

  close() {
    clearInterval(this.timer);
  }

  #changed() {
    const before = this.element.dataset.state;
    if (this.hub.state === 'live' && before !== 'live' && before !== 'connecting') {
      announce('Connected again.');
    }
    if (before === 'live') {
      this.#since = Date.now();
    }
    this.#show();
  }

  #show() {
    const { retryAt, degraded } = this.hub;
    const state = this.hub.state === 'live' && degraded.length > 0 ? 'degraded' : this.hub.state;
    attribute(this.element, 'data-state', state);
    // Most breaks are over before anybody could read about them.
    attribute(this.element, 'data-quiet', state === 'live' || (state !== 'degraded' && Date.now() - this.#since < quietFor));
    attribute(this.element, 'title', degraded.includes('database') ? 'Nothing can be sent or read at the moment.'
      : degraded.includes('redis') ? 'What others write may come a few seconds late.' : null);
    const seconds = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
    const again = seconds > 0 ? `, again in ${seconds} s` : '…';
    text(this.label, { live: 'Live', degraded: 'Degraded', connecting: 'Connecting…', reconnecting: `Reconnecting${again}`, offline: `Offline${again}` }[state]);
  }
}

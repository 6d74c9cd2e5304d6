// The connection to the hub. It lasts as long as somebody is signed in: when it breaks it comes back by itself.

import '../lib/signalr.min.js';

const { HttpTransportType, HubConnectionBuilder, LogLevel } = globalThis.signalR;

const waits = [300, 1000, 2000, 4000, 8000, 15000];
const offlineAfter = 5;

const instant = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g;
const dateAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** A refusal by the hub: `code` is stable, the message is for people. */
export class HubError extends Error {
  constructor(code, message) {
    // People read the time of their own clock.
    super(message.replace(instant, (text) => dateAndTime.format(Date.parse(text))));
    this.code = code;
  }
}

/**
 * Events: `state` (live, connecting, reconnecting, offline; also when `degraded` changes), `update`, `inbox`, `ended` (reason), `refused` (there is
 * no connection; perhaps the session is over).
 */
export class Hub extends EventTarget {
  state = 'connecting';
  retryAt = 0;
  /** How many connections there have been; another number is another connection. */
  count = 0;
  /** What the server has to do without, as it says itself: `redis`, `database`. */
  degraded = [];
  #attempts = 0;
  #timer = 0;
  #closed = false;
  #reconnectAfter = null;

  constructor() {
    super();
    // At once, without negotiating: one request, which any of several servers may take.
    const socket = { skipNegotiation: true, transport: HttpTransportType.WebSockets };
    this.connection = new HubConnectionBuilder().withUrl('/hubs/chat', socket).configureLogging(LogLevel.None).build();
    this.connection.on('ChatUpdate', (update) => this.#updated(update));
    this.connection.on('InboxUpdate', (update) => this.#tell('inbox', update));
    this.connection.on('SessionEnded', (reason) => this.#tell('ended', reason));
    this.connection.on('Reconnect', (afterMs) => this.#reconnect(afterMs));
    this.connection.onclose(() => this.#again());
    this.wake = () => this.#wake();
    addEventListener('online', this.wake);
    addEventListener('offline', this.wake);
    addEventListener('pageshow', this.wake);
    document.addEventListener('visibilitychange', this.wake);
  }

  async start() {
    clearTimeout(this.#timer);
    if (this.#closed || this.connection.state !== 'Disconnected') {
      return;
    }
    try {
      await this.connection.start();
    } catch {
      // Browsers do not tell why a socket was refused.
      this.#tell('refused');
      this.#again();
      return;
    }
    this.#attempts = 0;
    this.count++;
    this.#become('live');
  }

  async stop() {
    this.#closed = true;
    clearTimeout(this.#timer);
    removeEventListener('online', this.wake);
    removeEventListener('offline', this.wake);
    removeEventListener('pageshow', this.wake);
    document.removeEventListener('visibilitychange', this.wake);
    await this.connection.stop();
  }

  async call(method, ...args) {
    if (this.state !== 'live') {
      throw new HubError('disconnected', 'Not connected. This works again as soon as the connection is back.');
    }
    try {
      return await this.connection.invoke(method, ...args);
    } catch (error) {
      const refused = /HubException: ([a-z_]+): (.*)$/s.exec(error.message);
      throw refused ? new HubError(refused[1], refused[2]) : new HubError('disconnected', 'The connection was lost before the server answered.');
    }
  }

  #updated(update) {
    this.#tell('update', update);
    const degraded = update.kind === 'top' ? update.degraded ?? [] : this.degraded;
    if (degraded.join() !== this.degraded.join()) {
      this.degraded = degraded;
      this.#tell('state', this.state);
    }
  }

  /** A server that is about to stop says when to come back; until then it would only refuse. */
  async #reconnect(afterMs) {
    this.#reconnectAfter = Math.max(0, afterMs) + 50;
    await this.connection.stop();
  }

  #again() {
    if (this.#closed) {
      return;
    }
    const wait = this.#reconnectAfter ?? waits[Math.min(this.#attempts, waits.length - 1)] * (0.7 + 0.6 * Math.random());
    this.#reconnectAfter = null;
    this.#attempts++;
    this.retryAt = Date.now() + wait;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.start(), wait);
    this.#become(navigator.onLine === false || this.#attempts > offlineAfter ? 'offline' : 'reconnecting');
  }

  /** The network or the page came back: the rest of the wait is for nothing. */
  #wake() {
    if (this.#closed || this.state === 'live' || document.hidden) {
      return;
    }
    if (navigator.onLine === false) {
      this.#become('offline');
    } else if (this.connection.state === 'Disconnected' && this.#attempts > 0) {
      this.start();
    }
  }

  #become(state) {
    if (this.state !== state || state === 'reconnecting') {
      this.state = state;
      this.#tell('state', state);
    }
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

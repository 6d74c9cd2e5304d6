// The EventSource of npm against /backend-api: it comes again by itself, and says with Last-Event-ID what it has.
// node eventsource.mjs ADDRESS TOKEN TEXT
import assert from "node:assert/strict";
import { EventSource } from "eventsource";

const [address, token, text] = process.argv.slice(2);
let resume;

// Between two connections it waits for three seconds, as the standard says; the test has many of them.
const { setTimeout: wait } = globalThis;
globalThis.setTimeout = (callback, delay, ...rest) => wait(callback, Math.min(delay, 50), ...rest);

/** The first request asks, all others read on; whatever the client itself sends stays. */
function fetchTurn(_, init) {
  const [path, body] = resume
    ? ["f/conversation/resume", { conversation_id: resume.conversation_id }]
    : ["f/conversation", { messages: [{ id: "msg_001", role: "user", content: { content_type: "text", parts: [text] } }] }];
  const headers = { ...init.headers, "Content-Type": "application/json", Authorization: `Bearer ${token}`, "X-Conduit-Token": resume?.token ?? "" };
  return fetch(`${address}/backend-api/${path}?event_ids=1`, { ...init, method: "POST", headers, body: JSON.stringify(body) });
}

const source = new EventSource(`${address}/backend-api/f/conversation`, { fetch: fetchTurn });
let next = 1;
let status;
let complete = false;

/** Every frame comes once, in its order. */
function count(event) {
  assert.equal(event.lastEventId, String(next++));
}

source.addEventListener("delta_encoding", count);
source.addEventListener("delta", (event) => {
  count(event);
  for (const { p, v } of [JSON.parse(event.data).v].flat()) {
    if (p === "/message/content/parts/0") process.stdout.write(v);
    if (p === "/message/status") status = v;
  }
});
source.addEventListener("message", (event) => {
  if (event.data === "[DONE]") {
    source.close();
    assert.ok(complete);
    console.log(`\n[${status}] conversation ${resume.conversation_id}`);
    return;
  }
  count(event);
  const data = JSON.parse(event.data);
  if (data.type === "resume_conversation_token") resume = data;
  complete = data.type === "message_stream_complete";
});
source.addEventListener("error", (event) => {
  if (source.readyState === EventSource.CLOSED) throw new Error(`${event.code} ${event.message}`);
});

// The SignalR client of npm with its own automatic reconnect while the servers are restarted one by one.
// node signalr-reconnect.mjs ADDRESS TOKEN
// It writes "live" when it watches, "moved" after each reconnect, and ends after "last" was posted and everything is here.
import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import * as signalR from "@microsoft/signalr";

const [address, token] = process.argv.slice(2);
const hub = new signalR.HubConnectionBuilder()
  .withUrl(new URL("hubs/chat", address).href, {
    transport: signalR.HttpTransportType.WebSockets,
    skipNegotiation: true,
    accessTokenFactory: () => token,
  })
  .withAutomaticReconnect()
  .configureLogging(signalR.LogLevel.None)
  .build();

let seq = 0;
const events = [];
const replies = new Map();
let catchingUp = Promise.resolve();
let chatId;

/** The rule of docs/protocol/hub.md §1. */
function apply(update) {
  if (update.kind === "event") {
    if (update.event.seq === seq + 1) {
      events.push(update.event);
      seq++;
    } else if (update.event.seq > seq) {
      watch();
    }
  } else if (update.kind === "reset") {
    const reply = replies.get(update.generationId);
    if (!reply || (!reply.done && update.epoch >= reply.epoch)) {
      replies.set(update.generationId, { epoch: update.epoch, text: update.text, done: null });
    }
  } else if (update.kind === "delta") {
    const reply = replies.get(update.generationId);
    if (!reply || update.epoch > reply.epoch || (update.epoch === reply.epoch && update.off > reply.text.length)) {
      watch();
    } else if (update.epoch === reply.epoch) {
      reply.text += update.text.slice(reply.text.length - update.off);
    }
  } else if (update.kind === "done") {
    const reply = replies.get(update.generationId);
    if (reply && reply.epoch === update.epoch && reply.text.length === update.length) {
      reply.done = update;
    }
  } else if (update.kind === "top" && update.seq > seq) {
    watch();
  } else if (update.kind === "resync") {
    take(update.watch);
  }
}

function take(answer) {
  if (answer.snapshot) {
    seq = answer.position.seq;
    return;
  }
  answer.events.forEach((event) => apply({ kind: "event", event }));
  answer.replies.forEach(apply);
}

function watch() {
  catchingUp = catchingUp.then(async () => {
    const generations = [...replies].filter(([, reply]) => !reply.done).map(([id, reply]) => ({ id, epoch: reply.epoch, off: reply.text.length }));
    // Away again: the next reconnect asks anew.
    const answer = await hub.invoke("WatchChat", { chatId, ...(seq > 0 && { afterSeq: seq, generations }) }).catch(() => null);
    if (answer) {
      take(answer);
    }
  });
  return catchingUp;
}

const ended = new Promise((resolve) => hub.onclose((error) => resolve(error ?? new Error("closed"))));
hub.on("ChatUpdate", apply);
hub.on("Reconnect", () => {});
hub.onreconnected(async () => {
  await watch();
  console.log("moved");
});

await hub.start();
({ id: chatId } = await hub.invoke("CreateChat", {}));
await watch();
await hub.invoke("PostMessage", { chatId, text: "Tell me everything about the harbour, in several paragraphs", clientMessageId: randomUUID() });
console.log("live");

const isLast = () => events.some((event) => event.message?.text === "last");
const isAllHere = () => isLast() && events.filter((event) => event.type === "generation.completed").length >= 2;
while (!isAllHere()) {
  const lost = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 100))]);
  assert.equal(lost, undefined, "The client gave up.");
}

const { messages } = await hub.invoke("GetMessages", { chatId });
for (const message of messages.filter(({ role }) => role === "assistant")) {
  const completed = events.findLast((event) => event.type === "generation.completed" && event.message.id === message.id);
  assert.equal(completed.message.text, message.text);
  const reply = replies.get(message.generationId);
  if (reply?.done) {
    assert.equal(reply.text, message.text);
    assert.equal(reply.done.hash, createHash("sha256").update(message.text).digest("hex"));
  }
}
assert.deepEqual(events.map((event) => event.seq), events.map((_, index) => events[0].seq + index));
await hub.stop();
console.log("ok");

// Two people with the SignalR client of npm in one chat, on the transport that is asked for.
// node signalr.mjs ADDRESS TRANSPORT TOKEN TOKEN-OF-THE-OTHER NAME-OF-THE-OTHER
import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import * as signalR from "@microsoft/signalr";

const [address, transport, ...tokens] = process.argv.slice(2);
const [token, tokenOfOther, nameOfOther] = tokens;

/** The rule of docs/protocol/hub.md §1, as far as one reply goes. */
class Reply {
  text = "";
  epoch = 0;
  done = null;

  apply(update) {
    switch (update.kind) {
      case "reset":
        [this.epoch, this.text] = [update.epoch, update.text];
        break;
      case "delta":
        assert.equal(update.epoch, this.epoch);
        assert.equal(update.off, this.text.length);
        this.text += update.text;
        break;
      case "done":
        this.done = update;
        break;
    }
  }

  assertWhole() {
    assert.equal(this.done.state, "done");
    assert.equal(this.done.length, this.text.length);
    assert.equal(this.done.hash, createHash("sha256").update(this.text).digest("hex"));
  }
}

class Person {
  updates = [];
  #waiting = [];

  constructor(token) {
    this.hub = new signalR.HubConnectionBuilder()
      .withUrl(new URL("hubs/chat", address).href, {
        transport: signalR.HttpTransportType[transport],
        accessTokenFactory: () => token,
      })
      .configureLogging(signalR.LogLevel.None)
      .build();
    this.hub.on("ChatUpdate", (update) => {
      this.updates.push(update);
      this.#waiting.forEach((look) => look());
    });
  }

  /** Resolves with the first update that fits, past or to come. */
  sees(fits) {
    return new Promise((resolve) => {
      const look = () => {
        const seen = this.updates.find(fits);
        if (seen) {
          this.#waiting = this.#waiting.filter((other) => other !== look);
          resolve(seen);
        }
      };
      this.#waiting.push(look);
      look();
    });
  }

  replyOf(generationId) {
    const reply = new Reply();
    this.updates.filter((update) => update.generationId === generationId).forEach((update) => reply.apply(update));
    return reply;
  }
}

/** Reads a stream to its end, or to the item that is enough. */
function read(stream, enough = () => false) {
  return new Promise((resolve, reject) => {
    const items = [];
    const subscription = stream.subscribe({
      next(item) {
        items.push(item);
        if (enough(item)) {
          subscription.dispose();
          resolve(items);
        }
      },
      complete: () => resolve(items),
      error: reject,
    });
  });
}

const [ada, bob] = [new Person(token), new Person(tokenOfOther)];
await Promise.all([ada.hub.start(), bob.hub.start()]);
const { id: chatId } = await ada.hub.invoke("CreateChat", { participants: [nameOfOther] });
const watched = await bob.hub.invoke("WatchChat", { chatId });
assert.equal(watched.snapshot.chat.participants.length, 2);
await ada.hub.invoke("WatchChat", { chatId });
await bob.sees((update) => update.kind === "presence" && update.userIds.length === 2);

// The stream of who asked, and the pushes that everybody gets, tell the same text, which is the stored one.
const items = await read(ada.hub.stream("Ask", { chatId, text: "Hello", clientMessageId: randomUUID() }));
assert.equal(items[0].kind, "accepted");
const { generationId, messageId } = items[0];
const streamed = new Reply();
items.forEach((item) => streamed.apply(item));
streamed.assertWhole();
for (const person of [ada, bob]) {
  await person.sees((update) => update.kind === "done" && update.generationId === generationId);
  const pushed = person.replyOf(generationId);
  pushed.assertWhole();
  assert.equal(pushed.text, streamed.text);
}
const { messages } = await bob.hub.invoke("GetMessages", { chatId });
assert.equal(messages.find((message) => message.id === messageId).text, streamed.text);

// Events come without a hole.
const seqs = bob.updates.filter((update) => update.kind === "event").map((update) => update.event.seq);
assert.deepEqual(seqs, seqs.map((_, index) => watched.position.seq + 1 + index));

// Who stops reading stops nothing.
const [accepted] = await read(ada.hub.stream("Ask", { chatId, text: "And again", clientMessageId: randomUUID() }), () => true);
await bob.sees((update) => update.kind === "done" && update.generationId === accepted.generationId);
bob.replyOf(accepted.generationId).assertWhole();

// The stream of a reply can be read again from anywhere, also by the other.
const half = Math.floor(streamed.text.length / 2);
const rest = await read(bob.hub.stream("StreamReply", generationId, streamed.epoch, half));
assert.equal(rest[0].text, streamed.text.slice(half));

// A refusal has a code that a program can read.
const refusal = await ada.hub.invoke("PostMessage", { chatId, text: " ", clientMessageId: randomUUID() }).catch((error) => error);
assert.match(refusal.message, /HubException: text_empty: ./);

await Promise.all([ada.hub.stop(), bob.hub.stop()]);
console.log(`ok: ${streamed.text.length} characters over ${transport}`);

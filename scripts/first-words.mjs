// How long after asking are the first words seen: by who asked, on the stream, and by somebody else in the chat, pushed?
// The demo assistant answers at once here, so what is measured is HubChat: the durable question, the claim, the way to both.
// node first-words.mjs ADDRESS ASKS
import * as signalR from "@microsoft/signalr";

const [address, count] = [process.argv[2], Number(process.argv[3])];

async function signUp(name) {
  const username = `${name}-${Date.now().toString(36)}`;
  const answer = await fetch(`${address}/api/auth/signup`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, email: `${username}@example.org`, password: "a password for measuring" }),
  });
  const { token } = await answer.json();
  const hub = new signalR.HubConnectionBuilder()
    .withUrl(`${address}/hubs/chat`, {
      transport: signalR.HttpTransportType.WebSockets,
      skipNegotiation: true,
      accessTokenFactory: () => token,
    })
    .configureLogging(signalR.LogLevel.None)
    .build();
  await hub.start();
  return { username, hub };
}

function percentiles(name, times) {
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(1);
  console.log(`first words ${name}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms (${times.length} asks)`);
}

const [ada, bob] = [await signUp("ada"), await signUp("bob")];
const { id: chatId } = await ada.hub.invoke("CreateChat", { participants: [bob.username] });
await bob.hub.invoke("WatchChat", { chatId });

const [streamed, pushed] = [[], []];
for (let i = 0; i < count; i++) {
  let startedAt;
  let pushedAt;
  const seen = new Promise((resolve) => {
    bob.hub.off("ChatUpdate");
    bob.hub.on("ChatUpdate", (update) => {
      if (update.kind === "delta") pushedAt ??= performance.now();
      if (update.kind === "done") resolve();
    });
  });
  await new Promise((resolve, reject) => {
    let isFirst = true;
    startedAt = performance.now();
    ada.hub.stream("Ask", { chatId, text: "Hello", clientMessageId: `ask-${i}` }).subscribe({
      next(item) {
        if (item.kind === "delta" && isFirst) {
          streamed.push(performance.now() - startedAt);
          isFirst = false;
        }
      },
      complete: resolve,
      error: reject,
    });
  });
  await seen;
  // A reply that ends at once may reach a watcher whole, without any delta.
  if (pushedAt) {
    pushed.push(pushedAt - startedAt);
  }
}

// The first asks meet code that has not been compiled yet.
const warm = Math.floor(count / 10);
percentiles("streamed to who asked", streamed.slice(warm));
percentiles("pushed to the other", pushed.slice(warm));
await Promise.all([ada.hub.stop(), bob.hub.stop()]);

// How much later do the first words come through HubChat than straight from the model's server? A server that answers at once (it speaks
// like OpenAI and like Ollama, in a process of its own) is asked directly, through /v1, and through the hub, one after the other, so that
// all three see the same machine.
// node added-latency.mjs ADDRESS ASKS UPSTREAM-PORT
import { fork } from "node:child_process";
import http from "node:http";
import * as signalR from "@microsoft/signalr";

const words = Array.from({ length: 20 }, (_, i) => `word ${i} `);

if (process.send) {
  serve(Number(process.argv[2]));
} else {
  await measure(process.argv[2], Number(process.argv[3]), Number(process.argv[4]));
}

function serve(port) {
  http.createServer((request, response) => {
    request.resume().on("end", () => {
      response.setHeader("content-type", "text/event-stream");
      for (const word of words) {
        response.write(`data: ${JSON.stringify({ id: "c", choices: [{ index: 0, delta: { content: word }, finish_reason: null }] })}\n\n`);
      }
      response.end(`data: ${JSON.stringify({ id: "c", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] })}\n\ndata: [DONE]\n\n`);
    });
  }).listen(port, "127.0.0.1", () => process.send("listening"));
}

async function measure(address, count, port) {
  const upstream = fork(process.argv[1], [String(port)]);
  await new Promise((resolve) => upstream.once("message", resolve));
  const { token, hub } = await signUp(address);
  const key = await post(`${address}/api/auth/keys`, { name: "latency", scopes: ["models"] }, token);
  const { id: chatId } = await hub.invoke("CreateChat", { settings: { model: "upstream" } });

  const times = { direct: [], v1: [], hub: [] };
  for (let i = 0; i < count; i++) {
    times.direct.push(await firstWord(`http://127.0.0.1:${port}/v1/chat/completions`));
    times.v1.push(await firstWord(`${address}/v1/chat/completions`, key.token));
    times.hub.push(await firstDelta(hub, chatId, i));
  }

  // The first asks meet code that has not been compiled yet.
  const warm = Math.floor(count / 10);
  const direct = percentiles(times.direct.slice(warm));
  console.log(`straight from the upstream: p50 ${direct.p50.toFixed(1)} ms, p99 ${direct.p99.toFixed(1)} ms (${count - warm} asks each)`);
  for (const door of ["v1", "hub"]) {
    const through = percentiles(times[door].slice(warm));
    const added = percentiles(times[door].slice(warm).map((time, i) => time - times.direct[warm + i]));
    console.log(`through ${door}: p50 ${through.p50.toFixed(1)} ms, p99 ${through.p99.toFixed(1)} ms; added p50 ${added.p50.toFixed(1)} ms, p99 ${added.p99.toFixed(1)} ms`);
  }
  await hub.stop();
  upstream.kill();
}

async function signUp(address) {
  const username = `ada-${Date.now().toString(36)}`;
  const { token } = await post(`${address}/api/auth/signup`, { username, email: `${username}@example.org`, password: "a password for measuring" });
  const hub = new signalR.HubConnectionBuilder()
    .withUrl(`${address}/hubs/chat`, { transport: signalR.HttpTransportType.WebSockets, skipNegotiation: true, accessTokenFactory: () => token })
    .configureLogging(signalR.LogLevel.None)
    .build();
  await hub.start();
  return { token, hub };
}

async function post(url, body, token) {
  const headers = { "content-type": "application/json", ...token && { authorization: `Bearer ${token}` } };
  return (await fetch(url, { method: "POST", headers, body: JSON.stringify(body) })).json();
}

async function firstWord(url, key) {
  const startedAt = performance.now();
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...key && { authorization: `Bearer ${key}` } },
    body: JSON.stringify({ model: "upstream", stream: true, messages: [{ role: "user", content: "Hello" }] }),
  });
  let time;
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    time ??= chunk.includes("word 0") ? performance.now() - startedAt : undefined;
  }
  return time;
}

function firstDelta(hub, chatId, i) {
  const startedAt = performance.now();
  let time;
  return new Promise((resolve, reject) => hub.stream("Ask", { chatId, text: "Hello", clientMessageId: `ask-${i}` }).subscribe({
    next(item) {
      time ??= item.kind === "delta" ? performance.now() - startedAt : undefined;
    },
    complete: () => resolve(time),
    error: reject,
  }));
}

function percentiles(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { p50: at(0.5), p99: at(0.99) };
}

// Asks over /backend-api, folds the stream, and reads on where a connection broke (docs/protocol/sse.md). For Node 20 and browsers.
// As a program: node backend-api.mjs ADDRESS TOKEN "text" [CONVERSATION]
import { Fold } from "./fold.mjs";

export async function ask({ address, token, text, conversation, onChange = () => {}, attempts = 12 }) {
  const turn = { conversation, offset: 0, done: false };
  const fold = new Fold();
  const question = { conversation_id: conversation, messages: [{ role: "user", content: { content_type: "text", parts: [text] } }] };
  const take = {
    delta_encoding: (data) => fold.begin(data),
    delta: (data) => onChange((turn.message = fold.apply(data).message)),
    resume_conversation_token: (data) => Object.assign(turn, { conversation: data.conversation_id, resumeToken: data.token }),
  };
  await read(await post("f/conversation", question));
  for (let failures = 0; !turn.done; failures++) {
    if (failures === attempts || !turn.resumeToken) throw new Error("The connection broke.");
    await new Promise((resolve) => setTimeout(resolve, Math.min(300 * 1.5 ** failures, 5_000) * (0.5 + Math.random())));
    const before = turn.offset;
    await post("f/conversation/resume", { conversation_id: turn.conversation, offset: turn.offset }, { "x-conduit-token": turn.resumeToken })
      .then(read, () => {}); // No connection: once more.
    if (turn.offset > before) failures = -1;
  }
  return turn;

  function post(path, body, headers) {
    const all = { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers };
    return fetch(`${address}/backend-api/${path}`, { method: "POST", headers: all, body: JSON.stringify(body) });
  }
  async function read(response) {
    if ([408, 409, 425, 429, 502, 503, 504].includes(response.status) && turn.resumeToken) return;
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`); // After a 410 the conversation can still be read.
    let [buffer, decoder, reader] = ["", new TextDecoder(), response.body.getReader()];
    for (let piece; (piece = await reader.read().catch(() => ({ done: true }))) && !piece.done; ) {
      const frames = (buffer + decoder.decode(piece.value, { stream: true })).split("\n\n");
      buffer = frames.pop();
      for (const frame of frames.filter((each) => !each.startsWith(":"))) {
        const { event, data } = Object.fromEntries(frame.split("\n").map((line) => line.split(/: (.*)/s, 2)));
        if ((turn.done = data === "[DONE]")) return;
        const value = JSON.parse(data);
        take[event ?? value.type]?.(value);
        turn.offset++;
      }
    }
  }
}

if (globalThis.process?.argv?.[1]?.endsWith("backend-api.mjs")) {
  const [address, token, text, conversation] = process.argv.slice(2);
  let shown = 0;
  const onChange = ({ content }) => (process.stdout.write(content.parts[0].slice(shown)), (shown = content.parts[0].length));
  const turn = await ask({ address, token, text, conversation, onChange });
  console.log(`\n[${turn.message.status}] conversation ${turn.conversation}`);
}

// The OpenAI client of npm against /v1.
// node openai.mjs ADDRESS KEY MODEL OTHER-MODEL TEXT-THAT-MAKES-THE-MODEL-FAIL
import assert from "node:assert/strict";
import OpenAI from "openai";

const [address, apiKey, model, otherModel, failing] = process.argv.slice(2);
const client = new OpenAI({ apiKey, baseURL: new URL("v1", address).href, maxRetries: 0 });
const asked = (content) => ({ model, messages: [{ role: "user", content }] });

// Streamed and whole, the answer is the same.
const whole = await client.chat.completions.create(asked("Hello"));
assert.equal(whole.choices[0].finish_reason, "stop");
assert.ok(whole._request_id);
let text = "";
let last;
for await (const chunk of await client.chat.completions.create({ ...asked("Hello"), stream: true, stream_options: { include_usage: true } })) {
  text += chunk.choices[0]?.delta.content ?? "";
  last = chunk;
}
assert.equal(text, whole.choices[0].message.content);
assert.equal(last.usage.total_tokens, last.usage.prompt_tokens + last.usage.completion_tokens);

// The client's own accumulator takes the chunks too.
const stream = client.chat.completions.stream(asked("Hello"));
assert.equal((await stream.finalChatCompletion()).choices[0].message.content, text);

const models = [];
for await (const each of client.models.list()) {
  models.push(each.id);
}
assert.ok(models.includes(model) && models.includes(otherModel));
assert.equal((await client.models.retrieve(otherModel)).id, otherModel);

// A failure in the middle of an answer is not taken for its end.
let begun = "";
await assert.rejects(
  async () => {
    for await (const chunk of await client.chat.completions.create({ ...asked(failing), stream: true })) {
      begun += chunk.choices[0]?.delta.content ?? "";
    }
  },
  (error) => error instanceof OpenAI.APIError && error.code === "model_error",
);
assert.ok(begun.startsWith("One two three."));

const refused = (promise, kind, status, code) =>
  assert.rejects(promise, (error) => error instanceof kind && error.status === status && error.code === code);
await refused(client.chat.completions.create({ ...asked("Hello"), temperature: 3 }), OpenAI.BadRequestError, 400, "invalid_request");
await refused(client.chat.completions.create({ ...asked("Hello"), model: "nothing" }), OpenAI.NotFoundError, 404, "model_not_found");
await refused(client.withOptions({ apiKey: "hc_wrong" }).models.list(), OpenAI.AuthenticationError, 401, "invalid_api_key");

console.log(`ok: ${text.length} characters`);

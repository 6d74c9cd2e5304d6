// How much faster is a list of /backend-api from the cache than from the database? Both in one run, one after the other.
// node cached-answers.mjs ADDRESS CONVERSATIONS ROUNDS
const [address, conversations, rounds] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];

const call = async (method, path, body, token) => {
  const response = await fetch(`${address}${path}`, {
    method,
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return { text, cache: response.headers.get("x-cache") };
};

const username = `list-${Date.now().toString(36)}`;
const { token } = JSON.parse((await call("POST", "/api/auth/signup", { username, email: `${username}@example.org`, password: "a password for measuring" })).text);
let conversation;
for (let i = 0; i < conversations; i++) {
  const messages = [{ role: "user", content: { content_type: "text", parts: [`Question ${i}: what is to be measured here, and how?`] } }];
  const { text } = await call("POST", "/backend-api/f/conversation", { messages }, token);
  conversation = /"conversation_id":"([^"]+)"/.exec(text)[1];
}

for (const limit of [20, 100]) {
  const times = { MISS: [], HIT: [] };
  for (let i = 0; i < rounds; i++) {
    // A write takes the answer out of the cache: the next one comes from the database, the one after it from the cache.
    await call("PATCH", `/backend-api/conversation/${conversation}`, { is_archived: false }, token);
    for (const expected of ["MISS", "HIT"]) {
      const begun = performance.now();
      const { cache } = await call("GET", `/backend-api/conversations?limit=${limit}`, undefined, token);
      times[expected].push(performance.now() - begun);
      if (cache !== expected) throw new Error(`${cache} instead of ${expected}`);
    }
  }

  const at = (kind, share) => times[kind].sort((a, b) => a - b)[Math.floor(times[kind].length * share)];
  const shown = (kind) => `p50 ${at(kind, 0.5).toFixed(2)} ms, p99 ${at(kind, 0.99).toFixed(2)} ms`;
  console.log(`list of ${limit}: database ${shown("MISS")}; cache ${shown("HIT")}; ratio of p50 ${(at("MISS", 0.5) / at("HIT", 0.5)).toFixed(1)} (${rounds} rounds)`);
}

// The fold of docs/examples by vectors.
// node --test HubChat.Tests/Clients/fold.test.mjs
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Fold, FoldError } from "../../docs/examples/fold.mjs";

function folded(...deltas) {
  const fold = new Fold();
  fold.begin("v1");
  return deltas.map((delta) => structuredClone(fold.apply(delta))).at(-1);
}

/** What one operation makes of a document. */
const changed = (document, operation) => folded({ p: "", o: "add", v: document }, operation);

describe("The fold", () => {
  test("reads operations that are complete", () => {
    const document = folded(
      { o: "add", v: { message: { id: "m", content: { parts: [""] }, status: "in_progress", metadata: { model_slug: "demo" } }, conversation_id: "c" } },
      { v: [{ p: "/message/content/parts/0", o: "append", v: "Grüße" }] },
      { v: [{ p: "/message/content/parts/0", o: "append", v: " 🙂" }] },
      {
        v: [
          { p: "/message/status", o: "replace", v: "finished_successfully" },
          { p: "/message/end_turn", o: "replace", v: true },
          { p: "/message/metadata", o: "append", v: { is_complete: true } },
        ],
      },
    );
    assert.deepEqual(document, {
      message: {
        id: "m",
        content: { parts: ["Grüße 🙂"] },
        status: "finished_successfully",
        end_turn: true,
        metadata: { model_slug: "demo", is_complete: true },
      },
      conversation_id: "c",
    });
  });

  test("lets a delta inherit channel, path and operation", () => {
    const document = folded(
      { p: "", o: "add", v: { message: { content: { parts: [""] } } }, c: 3 },
      { p: "/message/content/parts/0", o: "append", v: "Hi" },
      { v: " there" },
      { v: "!" },
      { p: "/message/status", o: "replace", v: "done" },
      { p: "", o: "patch", v: [{ p: "/message/content/parts/0", o: "append", v: "?" }, { p: "/message/end_turn", o: "add", v: true }] },
      { v: [{ p: "/message/content/parts/0", o: "append", v: "?" }] },
    );
    assert.deepEqual(document, { message: { content: { parts: ["Hi there!??"] }, status: "done", end_turn: true } });
  });

  test("keeps a document for each channel", () => {
    const fold = new Fold();
    fold.begin("v1");
    fold.apply({ p: "", o: "add", v: { t: "a" }, c: 0 });
    fold.apply({ v: { t: "b" }, c: 1 });
    assert.deepEqual(fold.apply({ p: "/t", o: "append", v: "2" }), { t: "b2" });
    assert.deepEqual(fold.apply({ c: 0, v: "1" }), { t: "a1" });
    assert.deepEqual(fold.apply({ c: 1, p: "/t", o: "truncate", v: 0 }), { t: "" });
  });

  test("takes a list for a patch only where all of it are operations and the delta names none", () => {
    const list = [{ o: "x", p: "/a" }];
    assert.deepEqual(changed({ a: 1 }, { p: "/a", o: "replace", v: list }), { a: list });
    assert.deepEqual(folded({ o: "add", v: { a: [] } }, { p: "/a", o: "append", v: [1] }, { v: [{ no: 1 }] }, { v: [] }), { a: [1, { no: 1 }] });
  });

  test("changes nothing that it was given", () => {
    const added = { o: "add", v: { a: { list: [] } } };
    folded(added, { p: "/a/list", o: "append", v: [1] }, { p: "/a/b", o: "add", v: 1 });
    assert.deepEqual(added.v, { a: { list: [] } });
  });

  const vectors = [
    ["add to an object", { a: 1 }, { p: "/b", o: "add", v: 2 }, { a: 1, b: 2 }],
    ["add over a key", { a: 1 }, { p: "/a", o: "add", v: null }, { a: null }],
    ["add into a list", { a: [1, 3] }, { p: "/a/1", o: "add", v: 2 }, { a: [1, 2, 3] }],
    ["add at the end", { a: [1] }, { p: "/a/1", o: "add", v: 2 }, { a: [1, 2] }],
    ["add after the end", { a: [1] }, { p: "/a/-", o: "add", v: 2 }, { a: [1, 2] }],
    ["add the whole", { a: 1 }, { p: "", o: "add", v: { b: 2 } }, { b: 2 }],
    ["add with an empty key", { a: 1 }, { p: "/", o: "add", v: 2 }, { a: 1, "": 2 }],
    ["escapes", { "a/b": { "m~n": 1, "~1": 2 } }, { p: "/a~1b/m~0n", o: "replace", v: 3 }, { "a/b": { "m~n": 3, "~1": 2 } }],
    ["escapes, once", { "~1": 2 }, { p: "/~01", o: "remove" }, {}],
    ["replace a key", { a: 1 }, { p: "/a", o: "replace", v: 2 }, { a: 2 }],
    ["replace what is not there", {}, { p: "/a", o: "replace", v: true }, { a: true }],
    ["replace in a list", { a: [1, 2] }, { p: "/a/1", o: "replace", v: 3 }, { a: [1, 3] }],
    ["append text", { a: "x" }, { p: "/a", o: "append", v: "y" }, { a: "xy" }],
    ["append a list to a list", { a: [1] }, { p: "/a", o: "append", v: [2, [3]] }, { a: [1, 2, [3]] }],
    ["append an item to a list", { a: [1] }, { p: "/a", o: "append", v: { b: 2 } }, { a: [1, { b: 2 }] }],
    ["append an object, shallowly", { a: { b: 1, c: { d: 1 } } }, { p: "/a", o: "append", v: { c: { e: 2 } } }, { a: { b: 1, c: { e: 2 } } }],
    ["append to nothing", {}, { p: "/a", o: "append", v: "x" }, { a: "x" }],
    ["append to null", { a: null }, { p: "/a", o: "append", v: [1] }, { a: [1] }],
    ["append to the next part", { a: ["x"] }, { p: "/a/1", o: "append", v: "y" }, { a: ["x", "y"] }],
    ["remove a key", { a: 1, b: 2 }, { p: "/a", o: "remove" }, { b: 2 }],
    ["remove from a list", { a: [1, 2, 3] }, { p: "/a/0", o: "remove" }, { a: [2, 3] }],
    ["truncate text", { a: "abcd" }, { p: "/a", o: "truncate", v: 2 }, { a: "ab" }],
    ["truncate a list", { a: [1, 2, 3] }, { p: "/a", o: "truncate", v: 1 }, { a: [1] }],
    ["patch", { a: 1 }, { p: "", o: "patch", v: [{ p: "/b", o: "add", v: "x" }, { p: "/b", o: "append", v: "y" }] }, { a: 1, b: "xy" }],
    ["an empty patch", { a: 1 }, { o: "patch", v: [] }, { a: 1 }],
    ["keys that only look like numbers", { 0: "x" }, { p: "/0", o: "append", v: "y" }, { 0: "xy" }],
    ["names that every object has", { a: 1 }, { p: "/toString", o: "append", v: "x" }, { a: 1, toString: "x" }],
  ];
  for (const [name, document, operation, expected] of vectors) {
    test(name, () => assert.deepEqual(changed(document, operation), expected));
  }

  const refusals = [
    ["an unknown operation", { p: "/a", o: "increment", v: 1 }],
    ["an operation of every object", { p: "/a", o: "toString", v: 1 }],
    ["a path without a slash", { p: "a", o: "add", v: 1 }],
    ["a wrong escape", { p: "/~2", o: "add", v: 1 }],
    ["a path that is no text", { p: 1, o: "add", v: 1 }],
    ["a way through nothing", { p: "/none/b", o: "add", v: 1 }],
    ["a way through a text", { p: "/text/length", o: "replace", v: 1 }],
    ["a way through what is inherited", { p: "/toString/name", o: "replace", v: 1 }],
    ["an index behind the end", { p: "/list/3", o: "add", v: 1 }],
    ["an index with a zero before it", { p: "/list/01", o: "replace", v: 1 }],
    ["an index that is none", { p: "/list/length", o: "replace", v: 0 }],
    ["replacing behind the end", { p: "/list/2", o: "replace", v: 1 }],
    ["replacing the end mark", { p: "/list/-", o: "replace", v: 1 }],
    ["removing nothing", { p: "/none", o: "remove" }],
    ["removing behind the end", { p: "/list/2", o: "remove" }],
    ["appending a number to a text", { p: "/text", o: "append", v: 1 }],
    ["appending a text to an object", { p: "", o: "append", v: "x" }],
    ["appending a list to an object", { p: "", o: "append", v: [] }],
    ["appending a text to a number", { p: "/number", o: "append", v: "1" }],
    ["truncating a number", { p: "/number", o: "truncate", v: 1 }],
    ["truncating to less than nothing", { p: "/text", o: "truncate", v: -1 }],
    ["truncating nothing", { p: "/none", o: "truncate", v: 0 }],
    ["a value that is missing", { p: "/a", o: "add" }],
    ["a value that is not inherited", { p: "/a" }],
    ["a patch that is no list", { p: "", o: "patch", v: "x" }],
    ["a patch of what are no operations", { p: "", o: "patch", v: [null] }],
    ["an operation of a patch that inherits a path", { o: "patch", v: [{ o: "add", v: 1 }] }],
    ["an operation of a patch that inherits an operation", { o: "patch", v: [{ p: "/a", v: 1 }] }],
    ["what is no object", "x"],
    ["a list", [{ p: "/a", o: "add", v: 1 }]],
    ["null", null],
    ...["__proto__", "constructor", "prototype"].flatMap((key) => [
      [`${key} as a key`, { p: `/${key}`, o: "add", v: { polluted: true } }],
      [`${key} on the way`, { p: `/${key}/polluted`, o: "add", v: true }],
      [`${key} on the way of a patch`, { v: [{ p: `/object/${key}/polluted`, o: "replace", v: true }] }],
      [`${key} in what is merged`, JSON.parse(`{ "p": "/object", "o": "append", "v": { "${key}": { "polluted": true } } }`)],
    ]),
  ];
  for (const [name, delta] of refusals) {
    test(`refuses ${name}`, () => {
      assert.throws(() => changed({ text: "x", list: [1, 2], object: {}, number: 1 }, delta), FoldError);
      assert.equal({}.polluted, undefined);
    });
  }

  test("keeps a foreign prototype a mere value", () => {
    const document = folded(JSON.parse('{ "o": "add", "v": { "a": { "__proto__": { "polluted": true } } } }'), { p: "/a", o: "append", v: { b: 1 } });
    assert.equal(document.a.polluted, undefined);
    assert.equal(document.a.b, 1);
  });

  test("begins with the encoding that it knows", () => {
    assert.throws(() => new Fold().apply({ o: "add", v: {} }), FoldError);
    assert.throws(() => new Fold().begin("v2"), FoldError);
    assert.throws(() => folded({ p: "/a", v: 1 }), FoldError);
  });
});

// Delta encoding v1 (docs/protocol/sse.md §5): makes documents out of `delta` events. For Node 20 and browsers.

const refusedKeys = new Set(["__proto__", "constructor", "prototype"]);

/** The delta cannot be applied: the document is not what the server believes it is. */
export class FoldError extends Error {}

const fail = (problem) => {
  throw new FoldError(`The delta cannot be applied: ${problem}.`);
};

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

export class Fold {
  #roots = new Map();
  #last = { c: 0, p: "", o: undefined };
  #begun = false;

  /** Takes the data of the event `delta_encoding`, which comes before the first delta. */
  begin(encoding) {
    if (encoding !== "v1") {
      fail(`the encoding ${encoding} is unknown`);
    }
    this.#begun = true;
  }

  /** Applies one delta and returns the document that it belongs to. After an error, fold no further: read the conversation. */
  apply(delta) {
    if (!this.#begun || !isObject(delta)) {
      fail("it comes before its encoding, or is no object");
    }
    let { c, p, o, v } = { ...this.#last, ...delta };
    if (!("o" in delta) && Array.isArray(v) && v.length > 0 && v.every((each) => isObject(each) && typeof each.o === "string")) {
      [p, o] = ["", "patch"];
    }
    this.#last = { c, p, o };
    // The document is a member of a root, so that the empty path is a place like any other.
    const root = this.#roots.get(c) ?? {};
    change(root, { p, o, v });
    this.#roots.set(c, root);
    return root.document;
  }
}

function change(root, { p, o, v }) {
  if (o === "patch") {
    if (!Array.isArray(v) || !v.every(isObject)) {
      fail("a patch is a list of operations");
    }
    v.forEach((operation) => change(root, operation));
    return;
  }
  const path = ["document", ...segments(p)];
  const last = path.pop();
  const parent = path.reduce(member, root);
  const inList = Array.isArray(parent);
  const at = inList && o === "add" && last === "-" ? parent.length : place(parent, last);
  const old = Object.hasOwn(parent, at) ? parent[at] : undefined;
  if (old === undefined && (o === "remove" || (o === "replace" && inList))) {
    fail(`nothing is at ${p}`);
  }
  const value = structuredClone(v);
  if (value === undefined && o !== "remove") {
    fail(`${o} needs a value`);
  }

  switch (o) {
    case "add":
      inList ? parent.splice(at, 0, value) : (parent[at] = value);
      break;
    case "replace":
      parent[at] = value;
      break;
    case "append":
      parent[at] = appended(old, value);
      break;
    case "remove":
      inList ? parent.splice(at, 1) : delete parent[at];
      break;
    case "truncate":
      if (!(typeof old === "string" || Array.isArray(old)) || !(Number.isInteger(value) && value >= 0)) {
        fail("only texts and lists are truncated, to a length");
      }
      parent[at] = old.slice(0, value);
      break;
    default:
      fail(`the operation ${o} is unknown`);
  }
}

function appended(old, value) {
  if (old === undefined || old === null) {
    return value;
  }
  if (typeof old === "string" && typeof value === "string") {
    return old + value;
  }
  if (Array.isArray(old)) {
    return old.concat(value);
  }
  if (isObject(old) && isObject(value)) {
    return Object.keys(value).some((key) => refusedKeys.has(key)) ? fail("a key is refused") : { ...old, ...value };
  }
  return fail("the two do not go together");
}

/** The parts of a JSON Pointer (RFC 6901). */
function segments(path) {
  if (typeof path !== "string" || !/^(\/([^~]|~[01])*)?$/s.test(path)) {
    fail(`${path} is no path`);
  }
  const keys = path.split("/").slice(1).map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  return keys.some((key) => refusedKeys.has(key)) ? fail("a key is refused") : keys;
}

/** Where in an object or a list a key points to. */
function place(target, key) {
  if (isObject(target)) {
    return key;
  }
  const inside = Array.isArray(target) && /^(0|[1-9][0-9]*)$/.test(key) && Number(key) <= target.length;
  return inside ? Number(key) : fail(`nothing is at ${key}`);
}

function member(target, key) {
  return Object.hasOwn(target, place(target, key)) ? target[key] : undefined;
}

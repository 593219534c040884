import assert from "node:assert/strict";
import fc from "fast-check";
import { matchFilter } from "nostr-tools/filter";
import { parseEvent } from "../../../protocols/nostr/event.ts";
import {
  type Filter,
  type FilterLimits,
  matchesAny,
  matchesFilter,
  parseFilter,
} from "../../../protocols/nostr/filter.ts";

const A = "a".repeat(64);
const B = "b".repeat(64);
const EVENT = parseEvent({
  id: A,
  pubkey: B,
  kind: 5050,
  created_at: 100,
  tags: [["t", "ci-run"], ["t", "other", "x"], ["e"], [], ["pp", "long"]],
  content: "",
  sig: "c".repeat(128),
});

const MATCHES: [string, Filter, boolean][] = [
  ["everything", {}, true],
  ["its id", { ids: [B, A] }, true],
  ["another id", { ids: [B] }, false],
  ["a prefix of its id, which is refused when parsed", { ids: ["aa"] }, false],
  ["its author", { authors: [B] }, true],
  ["another author", { authors: [A] }, false],
  ["its kind", { kinds: [1, 5050] }, true],
  ["another kind", { kinds: [1] }, false],
  ["no kind at all", { kinds: [] }, false],
  ["since its second", { since: 100 }, true],
  ["since the next second", { since: 101 }, false],
  ["until its second", { until: 100 }, true],
  ["until the second before", { until: 99 }, false],
  ["a tag", { "#t": ["x", "ci-run"] }, true],
  ["the second tag of a name", { "#t": ["other"] }, true],
  ["a later element of a tag", { "#t": ["x"] }, false],
  ["a tag without a value", { "#e": [""] }, false],
  ["a tag without a value, by its name", { "#e": ["e"] }, false],
  ["a value that is the tag's name", { "#t": ["t"] }, false],
  ["a tag that is not there", { "#p": [B] }, false],
  ["no tag value at all", { "#t": [] }, false],
  ["all conditions", { kinds: [5050], "#t": ["ci-run"], since: 1, until: 200 }, true],
  ["all conditions but one", { kinds: [5050], "#t": ["ci-run"], since: 101 }, false],
  ["limit 0, which is no condition", { limit: 0 }, true],
];

for (const [name, filter, expected] of MATCHES) {
  Deno.test(`matchesFilter() ${expected ? "takes" : "leaves"} an event by ${name}`, () => {
    assert.equal(matchesFilter(filter, EVENT), expected);
  });
}

Deno.test("matchesAny() needs one filter that matches", () => {
  assert.equal(matchesAny([], EVENT), false);
  assert.equal(matchesAny([{ kinds: [1] }, { kinds: [5050] }], EVENT), true);
  assert.equal(matchesAny([{ kinds: [1] }], EVENT), false);
});

Deno.test("matchesFilter() agrees with nostr-tools", () => {
  const value = fc.constantFrom("x", "y", "");
  const filter = fc.record({
    kinds: fc.array(fc.constantFrom(1, 2), { maxLength: 2 }),
    since: fc.constantFrom(1, 2, 3),
    until: fc.constantFrom(1, 2, 3),
    "#t": fc.array(value, { minLength: 1, maxLength: 2 }),
  }, { requiredKeys: [], noNullPrototype: true });
  const event = fc.record({
    kind: fc.constantFrom(1, 2),
    created_at: fc.constantFrom(1, 2, 3),
    tags: fc.array(fc.tuple(fc.constantFrom("t", "p"), value), { maxLength: 2 }),
  });
  fc.assert(
    fc.property(filter, event, (parts, fields) => {
      const sample = { ...EVENT, ...fields };
      assert.equal(matchesFilter(parseFilter(parts), sample), matchFilter(parts, sample));
    }),
    { seed: 9, numRuns: 500 },
  );
});

Deno.test("parseFilter() gives an equal filter, and a fresh one", () => {
  const filter = {
    ids: [A],
    authors: [B],
    kinds: [0, 65_535],
    since: 0,
    until: 9,
    limit: 5,
    "#T": ["x"],
  };
  const parsed = parseFilter(filter);
  assert.deepEqual(parsed, filter);
  assert.notEqual(parsed.ids, filter.ids);
});

const REFUSED: [string, unknown, string, FilterLimits?][] = [
  ["null", null, "not_an_object"],
  ["an array", [], "not_an_object"],
  ["a prefix of an id", { ids: ["aa"] }, "bad_field"],
  ["an id in uppercase", { ids: [A.toUpperCase()] }, "bad_field"],
  ["an author that is no string", { authors: [1] }, "bad_field"],
  ["kinds that are no list", { kinds: 1 }, "bad_field"],
  ["a kind of 65536", { kinds: [65_536] }, "bad_field"],
  ["a kind in a string", { kinds: ["1"] }, "bad_field"],
  ["a negative time", { since: -1 }, "bad_field"],
  ["a fraction of a second", { until: 1.5 }, "bad_field"],
  ["a limit in a string", { limit: "10" }, "bad_field"],
  ["tag values that are no strings", { "#t": [1] }, "bad_field"],
  ["a lone surrogate", { "#t": ["\ud800"] }, "bad_field"],
  ["null for a list", { ids: null }, "bad_field"],
  ["a tag of two letters", { "#tt": ["x"] }, "unknown_field"],
  ["search", { search: "x" }, "unknown_field"],
  ["__proto__", JSON.parse('{"__proto__":[]}'), "unknown_field"],
  ["too many values", { kinds: [1, 2, 3] }, "too_many", { maxValues: 2 }],
  ["too many tags", { "#a": [], "#b": [] }, "too_many", { maxTags: 1 }],
  ["a value too long", { "#t": ["xxx"] }, "bad_field", { maxValueLength: 2 }],
];

Deno.test("parseFilter() says which value breaks which rule", () => {
  assert.throws(() => parseFilter({ ids: [A, "aa"] }), {
    message: /ids\[1\] must be 64 lowercase hex digits/,
  });
  assert.throws(() => parseFilter({ "#t": ["x", 1] }), {
    message: /#t\[1\] must be (?!undefined)/,
  });
});

for (const [name, filter, code, limits] of REFUSED) {
  Deno.test(`parseFilter() refuses ${name}: ${code}`, () => {
    assert.throws(() => parseFilter(filter, limits), { name: "FilterError", code });
  });
}

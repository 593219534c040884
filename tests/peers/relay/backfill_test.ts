import assert from "node:assert/strict";
import type { Filter } from "../../../protocols/nostr/filter.ts";
import { Backfill } from "../../../peers/relay/backfill.ts";

/** A relay that returns its newest `cap` events. */
function pages(times: readonly number[], cap: number, filters: readonly Filter[], honest = true) {
  const got = new Set<number>();
  const ask = (asked: readonly Filter[], backfill: Backfill) => {
    for (const filter of asked) {
      const until = honest ? filter.until ?? Infinity : Infinity;
      const found = times.map((atS, index) => ({ atS, index }))
        .filter(({ atS }) => atS <= until && atS >= (filter.since ?? 0))
        .sort((a, b) => b.atS - a.atS).slice(0, cap);
      for (const { atS, index } of found) {
        got.add(index);
        backfill.saw(atS);
      }
    }
  };
  const incomplete: number[] = [];
  const backfill = new Backfill(filters, undefined, (second) => incomplete.push(second));
  ask(filters, backfill);
  let requests = 1;
  for (let page = backfill.next(); page !== null; page = backfill.next()) {
    ask([page], backfill);
    assert.ok(++requests < 200, "it never ends");
  }
  return { got: got.size, requests, incomplete };
}

const line = (count: number) => Array.from({ length: count }, (_, n) => 10_000 - n);

for (
  const { name, times, cap, filters, honest, got, requests, incomplete = [] } of [
    { name: "few", times: line(49), cap: 100, filters: [{}], got: 49, requests: 1 },
    { name: "exactly the cap", times: line(100), cap: 100, filters: [{}], got: 100, requests: 2 },
    {
      name: "many times the cap",
      times: line(1_000),
      cap: 100,
      filters: [{}],
      got: 1_000,
      requests: 11,
    },
    {
      name: "bounded by since",
      times: line(1_000),
      cap: 100,
      filters: [{ since: 9_800 }],
      got: 201,
      requests: 3,
    },
    {
      name: "a second with as many as the cap",
      times: [...Array(100).fill(5_000), ...line(30).map((s) => s - 9_000)],
      cap: 100,
      filters: [{}],
      got: 130,
      requests: 3,
      incomplete: [5_000],
    },
    {
      name: "several filters",
      times: line(300),
      cap: 100,
      filters: [{}, { since: 9_900 }],
      got: 300,
      requests: 7,
    },
    {
      name: "a relay that ignores until",
      times: line(1_000),
      cap: 100,
      filters: [{}],
      honest: false,
      got: 100,
      requests: 2,
    },
  ]
) {
  Deno.test(`Backfill fetches all that is stored: ${name}`, () => {
    assert.deepEqual(pages(times, cap, filters, honest), { got, requests, incomplete });
  });
}

/** Reads from a relay with pages of 500 that filters by kinds, keys and tags; returns what was read and what was reported. */
function read(events: readonly Stored[], filters: readonly Filter[], advised?: number) {
  const got = new Set<Stored>();
  const incomplete: number[] = [];
  const backfill = new Backfill(filters, advised, (second) => incomplete.push(second));
  let requests = 0;
  const ask = (asked: readonly Filter[]) => {
    requests++;
    for (const filter of asked) {
      const found = events.filter((event) =>
        event.atS <= (filter.until ?? Infinity) && event.atS >= (filter.since ?? 0) &&
        (filter.kinds?.includes(event.kind) ?? true) && (filter["#e"]?.includes(event.e) ?? true)
      ).sort((a, b) => b.atS - a.atS).slice(0, 500);
      for (const event of found) {
        got.add(event);
        backfill.saw(event.atS);
      }
    }
  };
  ask(filters);
  for (let page = backfill.next(); page !== null; page = backfill.next()) {
    ask([page]);
    assert.ok(requests < 200, "it never ends");
  }
  return { missed: events.length - got.size, requests, incomplete };
}

interface Stored {
  readonly atS: number;
  readonly kind: number;
  readonly e: string;
}

const stored = (count: number, atS: number, kind: (n: number) => number, e = "x"): Stored[] =>
  Array.from({ length: count }, (_, n) => ({ atS, kind: kind(n), e }));
const around = (...middle: Stored[]) => [
  ...stored(300, 4_000, () => 6_600),
  ...middle,
  ...stored(40, 6_000, () => 6_600),
];

Deno.test("Backfill loses none of 700 events in one second with a page of 500, by narrower filters", () => {
  const kinds = [6_600, 6_601, 6_602, 7_000];
  const second = stored(700, 5_000, (n) => kinds[n % 4]!);
  const came = read(around(...second), [{ kinds }]);
  assert.deepEqual([came.missed, came.incomplete], [0, []]);
  assert.ok(came.requests < 12, String(came.requests));

  const byTag = [...stored(350, 5_000, () => 7_000, "a"), ...stored(350, 5_000, () => 7_000, "b")];
  const all = around(...byTag).map((each) => each.e === "x" ? { ...each, e: "a" } : each);
  const tagged = read(all, [{ kinds: [6_600, 7_000], "#e": ["a", "b"] }]);
  assert.deepEqual([tagged.missed, tagged.incomplete], [0, []]);
});

Deno.test("Backfill reports the second that no filter narrows, and continues before it", () => {
  const second = stored(700, 5_000, () => 6_600);
  const came = read(around(...second), [{ kinds: [6_600, 7_000] }]);
  assert.deepEqual([came.missed, came.incomplete], [200, [5_000]]);
  const advised = read(around(...second), [{ kinds: [6_600] }], 500);
  assert.deepEqual([advised.missed, advised.incomplete], [200, [5_000]]);
});

Deno.test("Backfill reports nothing of a second that fits one page", () => {
  const second = stored(123, 5_000, () => 6_600);
  const came = read(second, [{ kinds: [6_600] }]);
  assert.deepEqual([came.missed, came.incomplete], [0, []]);
});

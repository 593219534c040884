import assert from "node:assert/strict";
import type { Filter } from "../../../protocols/nostr/filter.ts";
import { Backfill } from "../../../services/relay/backfill.ts";

/** A relay that gives the newest `cap` of what it has. */
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
  const backfill = new Backfill(filters);
  ask(filters, backfill);
  let requests = 1;
  for (let page = backfill.next(); page !== null; page = backfill.next()) {
    ask([page], backfill);
    assert.ok(++requests < 200, "it never ends");
  }
  return { got: got.size, requests };
}

const line = (count: number) => Array.from({ length: count }, (_, n) => 10_000 - n);

for (
  const { name, times, cap, filters, honest, got, requests } of [
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
      requests: 3,
    },
  ]
) {
  Deno.test(`Backfill fetches all that is stored: ${name}`, () => {
    assert.deepEqual(pages(times, cap, filters, honest), { got, requests });
  });
}

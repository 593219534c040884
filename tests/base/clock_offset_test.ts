import assert from "node:assert/strict";
import { clockOffsetMs, clocksDiffer, clockWords } from "../../base/clock_offset.ts";

const NOON = Date.UTC(2026, 2, 1, 12);
const DATE = "Sun, 01 Mar 2026 12:00:00 GMT";

const cases: {
  name: string;
  date: string | undefined;
  sent: number;
  received: number;
  offset: number | null;
  told?: string;
}[] = [
  { name: "the same second", date: DATE, sent: NOON + 400, received: NOON + 600, offset: 0 },
  {
    name: "a peer that is ahead",
    date: DATE,
    sent: NOON - 30_000,
    received: NOON - 30_000,
    offset: 30_500,
    told: "this machine's clock is 31 s behind that of the peer",
  },
  {
    name: "a peer that is behind",
    date: DATE,
    sent: NOON + 30_500,
    received: NOON + 30_500,
    offset: -30_000,
    told: "this machine's clock is 30 s ahead of that of the peer",
  },
  {
    name: "a difference that the journey may be",
    date: DATE,
    sent: NOON,
    received: NOON + 12_000,
    offset: null,
  },
  {
    name: "a difference that is more than the journey",
    date: DATE,
    sent: NOON + 60_000,
    received: NOON + 72_000,
    offset: -65_500,
    told: "this machine's clock is 66 s ahead of that of the peer",
  },
  { name: "no header", date: undefined, sent: NOON, received: NOON, offset: null },
  { name: "no date", date: "yesterday", sent: NOON, received: NOON, offset: null },
  { name: "a long header", date: DATE + " ".repeat(99), sent: NOON, received: NOON, offset: null },
];

for (const { name, date, sent, received, offset, told } of cases) {
  Deno.test(`clockOffsetMs() of ${name} is ${offset}`, () => {
    const found = clockOffsetMs(date, sent, received);
    assert.equal(found, offset);
    assert.equal(clocksDiffer(found), told !== undefined);
    if (told !== undefined) assert.equal(clockWords(found!, "peer"), told);
  });
}

Deno.test("clocksDiffer() from five seconds on", () => {
  assert.deepEqual([4_999, -4_999, 5_000, -5_000, null].map(clocksDiffer), [
    false,
    false,
    true,
    true,
    false,
  ]);
});

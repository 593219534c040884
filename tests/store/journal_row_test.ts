import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as fc from "fast-check";
import {
  entryHash,
  JOURNAL_TYPES,
  type JournalLine,
  journalLine,
  NO_HASH,
  parseJournalLine,
} from "../../store/journal_row.ts";

const LINE: JournalLine = sealed({
  seq: 4_711,
  atMs: Date.UTC(2026, 1, 17, 14, 0, 1, 250),
  type: "payment",
  jobId: "job-5abc123",
  channelId: "ch_7f3a9b2e",
  eventId: "5".repeat(64),
  kind: 5_601,
  bytes: 875,
  amountUnits: 8_750n,
  balanceUnits: 49_991_250n,
  outcome: "fulfilled",
  prev: NO_HASH,
});

function sealed(line: Omit<JournalLine, "hash">): JournalLine {
  return { ...line, hash: entryHash(line) };
}

/** The golden line, as docs/state.md shows it. */
const TEXT =
  `{"seq":4711,"time":"2026-02-17T14:00:01.250Z","type":"payment","job_id":"job-5abc123","channel_id":"ch_7f3a9b2e",` +
  `"event_id":"${
    "5".repeat(64)
  }","kind":5601,"bytes":875,"amount_units":"8750","balance_units":"49991250",` +
  `"outcome":"fulfilled","prev":"${NO_HASH}"`;

Deno.test("journalLine() writes the fields in their order, and the hash is of everything before it", () => {
  const hash = createHash("sha256").update(`${TEXT}}`).digest("hex");
  assert.equal(journalLine(LINE), `${TEXT},"hash":"${hash}"}`);
});

Deno.test("parseJournalLine() reads every line that journalLine() writes", () => {
  const hex = fc.stringMatching(/^[0-9a-f]{64}$/);
  const amount = fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n });
  fc.assert(fc.property(
    fc.record({
      seq: fc.nat(),
      atMs: fc.integer({ min: 0, max: 253_402_300_799_999 }),
      type: fc.constantFrom(...JOURNAL_TYPES),
      jobId: fc.option(fc.string({ maxLength: 80 })),
      channelId: fc.option(fc.string({ maxLength: 80 })),
      eventId: fc.option(hex),
      kind: fc.option(fc.nat()),
      bytes: fc.option(fc.nat()),
      amountUnits: fc.option(amount),
      balanceUnits: fc.option(amount),
      outcome: fc.string({ maxLength: 40 }),
      prev: hex,
    }),
    (fields) => {
      const line = sealed(fields);
      assert.deepEqual(parseJournalLine(journalLine(line)), line);
      assert.doesNotMatch(journalLine(line), /\n/);
    },
  ));
});

const GOOD = journalLine(LINE);
for (
  const { name, text, message } of [
    { name: "cut off", text: GOOD.slice(0, -9), message: /not JSON/ },
    { name: "empty", text: "", message: /not JSON/ },
    { name: "a list", text: "[]", message: /not a JSON object/ },
    { name: "too long", text: `${GOOD}${" ".repeat(5_000)}`, message: /characters/ },
    { name: "without its kind", text: GOOD.replace(`"kind":5601,`, ""), message: /no kind/ },
    { name: "spaced", text: GOOD.replace(",", ", "), message: /its bytes are not/ },
    { name: "followed by a space", text: `${GOOD} `, message: /its bytes are not/ },
    {
      name: "with a field more",
      text: GOOD.replace("}", `,"note":"x"}`),
      message: /its bytes are not/,
    },
    {
      name: "with a field twice",
      text: GOOD.replace(`"kind":5601,`, `"kind":1,"kind":5601,`),
      message: /its bytes are not/,
    },
    {
      name: "escaped otherwise",
      text: GOOD.replace("job-5", "job\\u002d5"),
      message: /its bytes are not/,
    },
    { name: "in another order", text: reordered(), message: /its bytes are not/ },
    { name: "with a number as text", text: GOOD.replace("5601", `"5601"`), message: /kind/ },
    { name: "with an amount as a number", text: GOOD.replace(`"8750"`, "8750"), message: /amount/ },
    {
      name: "with an amount of leading zeros",
      text: GOOD.replace(`"8750"`, `"08750"`),
      message: /its bytes are not/,
    },
    { name: "with a fraction", text: GOOD.replace("5601", "5601.5"), message: /kind/ },
    { name: "of no type", text: GOOD.replace(`"payment"`, `"gift"`), message: /type/ },
    {
      name: "with a time of another form",
      text: GOOD.replace(".250Z", ".25Z"),
      message: /its bytes are not/,
    },
    { name: "with a time that is none", text: GOOD.replace("02-17", "02-40"), message: /time/ },
    { name: "with a short hash", text: GOOD.replace(`"prev":"00`, `"prev":"0`), message: /prev/ },
    {
      name: "with a hash in capitals",
      text: GOOD.replace(/"hash":.*/, (part) => part.toUpperCase()),
      message: /hash/,
    },
  ]
) {
  Deno.test(`parseJournalLine() refuses a line ${name}`, () => {
    assert.throws(() => parseJournalLine(text), { name: "JournalLineError", message });
  });
}

function reordered(): string {
  const { seq, time, ...rest } = JSON.parse(GOOD);
  return JSON.stringify({ time, seq, ...rest });
}

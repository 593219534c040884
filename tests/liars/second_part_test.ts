/** A part of the price that is paid after the comparison: what each rule costs the honest. docs/decisions/0029 has the figures. */
import assert from "node:assert/strict";
import { checkEvidence } from "../../market/check_evidence.ts";
import { answersEvidence } from "../../market/evidence.ts";
import type { UnsignedEvent } from "../../protocols/nostr/event.ts";
import { eventId } from "../../protocols/nostr/event_id.ts";
import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
import {
  type Came,
  FIRST_JOBS,
  type Rule,
  SECOND_PART,
  secondParts,
  WORK,
} from "./second_part_sim.ts";

const SEEDS = 400;
const RULES = [
  "whole",
  "evidence",
  "old_keys",
  "owes",
  "owes_later",
  "marks",
  "marks_later",
] as const;

/** The sum over all seeds, for each job where that is said. */
function over(rule: Rule, buyer: "pays" | "keeps") {
  const all = Array.from({ length: SEEDS }, (_, at) => secondParts(at + 1, rule, buyer));
  const sum = (of: (each: Came) => number) => all.reduce((total, each) => total + of(each), 0);
  const jobs = sum((each) => each.jobs);
  return {
    savedByJob: Math.round(sum(({ saved }) => saved) / jobs),
    mostByKey: Math.max(...all.map(({ mostByKey }) => mostByKey)),
    byLie: Math.round(sum(({ liarsGot }) => liarsGot) / sum(({ lies }) => lies)),
    byWork: Math.round(sum(({ workEarned }) => workEarned) / sum(({ works }) => works)),
  };
}

Deno.test("a second part: where the buyer pays it, a lie earns less than work does, if the part is above the cost of the work", () => {
  for (const rule of RULES) {
    const { savedByJob, mostByKey, byWork } = over(rule, "pays");
    assert.deepEqual([savedByJob, mostByKey], [0, 0], rule);
    assert.equal(byWork, 1_000 - WORK, rule);
  }
  assert.ok(SECOND_PART > WORK);
  assert.equal(over("whole", "pays").byLie, 1_000);
  for (const rule of ["evidence", "old_keys", "owes", "marks"] as const) {
    assert.equal(over(rule, "pays").byLie, 1_000 - SECOND_PART, rule);
  }
  // A liar makes a new key after each lie. So where a buyer pays the first jobs as a whole, a lie earns the whole price again.
  for (const rule of ["owes_later", "marks_later"] as const) {
    assert.equal(over(rule, "pays").byLie, 1_000, rule);
  }
});

Deno.test("a second part that evidence excuses is never paid: a buyer signs the equal answers with keys of its own", () => {
  const known = over("evidence", "keeps");
  assert.equal(known.mostByKey >= 30 * SECOND_PART, true, `${known.mostByKey}`);
  assert.ok(known.savedByJob > 1_150 && known.savedByJob < 1_250, `${known.savedByJob}`);
  // Keys that are a day old cost their announcements once, and are used in every job.
  const old = over("old_keys", "keeps");
  assert.equal(old.mostByKey, known.mostByKey);
  assert.ok(old.savedByJob > known.savedByJob - 100, `${old.savedByJob}`);
  // Honest work earns a sixth of what it earns from a buyer that pays.
  assert.ok(known.byWork <= (1_000 - WORK) / 5, `${known.byWork}`);
});

Deno.test("a second part that is owed costs a provider at most one part for each buyer's key, and a key costs nothing", () => {
  const owes = over("owes", "keeps");
  assert.equal(owes.mostByKey, SECOND_PART);
  assert.ok(owes.savedByJob > 1_150, `${owes.savedByJob}`);
  const later = over("owes_later", "keeps");
  assert.equal(later.mostByKey, SECOND_PART);
  assert.ok(later.savedByJob < 1_250 / FIRST_JOBS, `${later.savedByJob}`);
  // With a hash of what is compared, the buyer still needs the key of one answer.
  const marks = over("marks", "keeps");
  assert.equal(marks.mostByKey, SECOND_PART);
  assert.ok(marks.savedByJob > 600 && marks.savedByJob < owes.savedByJob, `${marks.savedByJob}`);
});

Deno.test("evidence that a buyer makes of keys of its own is valid evidence against an honest provider", async () => {
  const key = (at: number) => new Uint8Array(32).fill(40 + at);
  const buyer = publicKeyOf(key(9));
  const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const part = (at: number, content: string) => {
    const request: UnsignedEvent = {
      kind: 5600,
      pubkey: buyer,
      created_at: 1_770_000_000,
      content: "",
      tags: [["i", "x", "text"], ["p", publicKeyOf(key(at))]],
    };
    const result = signEvent(
      {
        kind: 6600,
        pubkey: publicKeyOf(key(at)),
        created_at: 1_770_000_005,
        content,
        tags: [["e", eventId(request)], ["p", buyer]],
      },
      key(at),
      new Uint8Array(32),
    );
    return { request: bytesOf(request), result: bytesOf(result), quote: null, receipt: null };
  };
  // The first provider is honest, the other two keys are the buyer's.
  const parts = [part(0, "right"), part(1, "wrong"), part(2, "wrong")];
  const rule = { needed: 2, count: 3, compare: "kind", judge: null } as const;
  const found = await checkEvidence(bytesOf(answersEvidence(rule, parts)));
  assert.deepEqual([found.valid, found.state], [true, "agreed"]);
  assert.deepEqual(found.parts.map(({ agrees }) => agrees), [false, true, true]);
});

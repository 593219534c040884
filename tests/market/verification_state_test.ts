/** Which answers of a home's verifications count for their providers, from rows of a real store. */
import assert from "node:assert/strict";
import { answerMark } from "../../market/answer_mark.ts";
import { standingsOf } from "../../market/standing.ts";
import {
  asksJudgeAgain,
  contradictionsOf,
  countedByAnswers,
  needsThird,
  verificationState,
} from "../../market/verification_state.ts";
import { groupsText, type JudgementRow, pairsText } from "../../store/judgement_row.ts";
import type { Change, Store } from "../../store/store.ts";
import { surroundings } from "../stages/surroundings.ts";
import { job } from "../store/store_rows.ts";

const NOW_MS = 2_000;
const MARKET = {
  answerMark: (...asked: Parameters<typeof answerMark>) => Promise.resolve(answerMark(...asked)),
};
const resultOf = (content: string) =>
  new TextEncoder().encode(JSON.stringify({
    id: "1".repeat(64),
    pubkey: "2".repeat(64),
    created_at: 1,
    kind: 6600,
    tags: [],
    content,
    sig: "3".repeat(128),
  }));
const hashOf = (content: string) => answerMark(5600, resultOf(content), "skill").sha256!;

interface Given {
  /** `a`, `b`...: the answers of providers 0, 1... `.`: one may still arrive. `-`: none came. */
  readonly answers: string;
  readonly challenge?: boolean;
  /** The number of the first provider. Default: 0. */
  readonly first?: number;
  /** What the judging skill said: groups, and pairs on which it failed. Null if it failed on all. Without it, no skill judges. */
  /** The job that ended as an error although its answer is there: it does not fit the schema that its provider announced. */
  readonly bad?: number;
  readonly said?: { readonly groups: string; readonly failed?: string } | null;
}

/** Stores a verification, and returns the id of its first job. */
async function verified(store: Store, { answers, challenge = false, first = 0, bad, said }: Given) {
  const rows = [...answers].map((letter, offset) => {
    const at = first + offset;
    const eventId = String(at + 1).repeat(64);
    return job({
      eventId,
      jobId: `job-${eventId.slice(0, 7)}`,
      kind: 5600,
      type: "echo",
      jobPaid: true,
      provider: String(at).repeat(64),
      callbackSkill: null,
      status: letter === "."
        ? "processing"
        : letter === "-"
        ? "timeout"
        : offset === bad
        ? "error"
        : "success",
      result: ".-".includes(letter) ? null : resultOf(letter),
      updatedAtMs: NOW_MS,
    });
  });
  const [{ jobId: leadId }] = rows;
  const isJudged = said !== undefined;
  const changes: Change[] = rows.map((row) => ({ op: "putJob", row }));
  changes.push({
    op: "putVerification",
    rows: rows.map(({ jobId }, position) => ({
      jobId,
      leadId,
      position,
      needed: 2,
      count: rows.length,
      challenge,
      compare: isJudged ? "skill" : "kind",
      judge: isJudged ? "even" : null,
      atMs: 1_000,
    })),
  });
  await store.commit(changes);
  if (!isJudged) return leadId;
  const all = [...new Set(answers)].filter((letter) => !".-".includes(letter)).map(hashOf);
  const pairs = (said?.failed ?? "").split(" ").filter((pair) => pair !== "");
  const hasFailed = said === null || pairs.length > 0;
  const row: JudgementRow = {
    leadId,
    skill: "even",
    sha256: "e".repeat(64),
    groups: said &&
      groupsText(said.groups.split(" ").map((group) => [...group].map(hashOf))),
    undecided: pairsText(pairs.map((pair) => [...pair].map(hashOf))),
    failedOn: said === null ? groupsText([all]) : null,
    errorCode: hasFailed ? "timeout" : null,
    errorMessage: hasFailed ? "late" : null,
    atMs: NOW_MS,
  };
  await store.commit([{ op: "putJudgement", row }]);
  return leadId;
}

for (
  const { name, given, expected } of [
    {
      name: "equal answers count, and another one counts against its provider",
      given: { answers: "aab" },
      expected: "well well badly",
    },
    {
      name: "an answer that makes the judge fail counts neither for nor against its provider",
      given: { answers: "aab", said: { groups: "a b", failed: "ab" } },
      expected: "well well -",
    },
    {
      name: "without a verdict no answer counts",
      given: { answers: "abc", said: null },
      expected: "- - -",
    },
    {
      name: "of two answers of which one makes the judge fail, neither counts",
      given: { answers: "ab", challenge: true, said: { groups: "a b", failed: "ab" } },
      expected: "- -",
    },
    {
      name: "answers that differ and of which nobody knows who is wrong count for nothing",
      given: { answers: "abc" },
      expected: "- - -",
    },
    {
      name:
        "an answer that is no valid result counts against its provider, also where nobody knows who is right",
      given: { answers: "ab-", bad: 1 },
      expected: "- badly badly",
    },
    {
      name: "an answer that is not accepted yet does not count",
      given: { answers: "a.." },
      expected: "- - -",
    },
    {
      name:
        "an answer that too few others gave does not count; no answer counts against its provider",
      given: { answers: "a--" },
      expected: "- badly badly",
    },
    {
      name: "a single answer of a challenge counts, as that of a job that nobody challenged",
      given: { answers: "a-", challenge: true },
      expected: "well badly",
    },
  ] satisfies readonly { name: string; given: Given; expected: string }[]
) {
  Deno.test(`countedByAnswers(): ${name}`, async () => {
    await using at = await surroundings();
    await verified(at.store, given);
    const jobs = await at.store.listJobs({ role: "buyer", limit: 10 });
    const found = await contradictionsOf(at.store, () => Promise.resolve(MARKET));
    const standings = standingsOf(countedByAnswers(jobs, found), NOW_MS);
    const went = [...given.answers].map((_, provider) => {
      const { jobs = 0, succeeded = 0 } = standings.get(String(provider).repeat(64)) ?? {};
      return jobs === 0 ? "-" : succeeded > 0 ? "well" : "badly";
    });
    assert.equal(went.join(" "), expected);
  });
}

Deno.test("countedByAnswers(): a job of an older verification whose answers were not read does not count as one that went well", async () => {
  await using at = await surroundings();
  await verified(at.store, { answers: "aab" });
  const found = await contradictionsOf(at.store, () => Promise.resolve(MARKET), 1);
  assert.deepEqual(found.unread, []);
  await verified(at.store, { answers: "aa-", first: 4 });
  const newest = await contradictionsOf(at.store, () => Promise.resolve(MARKET), 1);
  assert.equal(newest.unread.length, 3);
  const jobs = await at.store.listJobs({ role: "buyer", limit: 10 });
  const unread = jobs.filter(({ jobId }) => newest.unread.includes(jobId));
  assert.deepEqual(
    countedByAnswers(unread, newest).map(({ status }) => status),
    unread.flatMap(({ status }) => status === "success" ? [] : [status]),
  );
});

Deno.test("needsThird(): two answers that differ, or of which one makes the judge fail, need a third provider; a judge that fails on both is asked again", async () => {
  for (
    const [given, third, again] of [
      [{ answers: "ab" }, true, false],
      [{ answers: "aa" }, false, false],
      [{ answers: "a-" }, false, false],
      [{ answers: "ab", said: { groups: "a b" } }, true, false],
      [{ answers: "ab", said: { groups: "a b", failed: "ab" } }, true, false],
      [{ answers: "ab", said: null }, false, true],
      [{ answers: "ab", said: { groups: "ab" } }, false, false],
    ] satisfies readonly (readonly [Given, boolean, boolean])[]
  ) {
    await using at = await surroundings();
    const leadId = await verified(at.store, { challenge: true, ...given });
    const state = (await verificationState(at.store, MARKET, leadId))!;
    assert.deepEqual(
      [needsThird(state), asksJudgeAgain(state)],
      [third, again],
      JSON.stringify(given),
    );
    assert.equal(needsThird({ ...state, challenge: false }), false);
  }
});

Deno.test("contradictionsOf() finds a dissent that is older than hundreds of other verifications", async () => {
  await using at = await surroundings();
  const many = (count: number) => {
    const changes: Change[] = [];
    for (let number = 0; number < count; number++) {
      const rows = ["a", "a", number === 0 ? "b" : "a"].map((answer, position) => {
        const eventId = (number * 3 + position + 1).toString(16).padStart(64, "0");
        return job({
          eventId,
          jobId: `job-${eventId}`,
          kind: 5600,
          provider: String(position + (number === 0 ? 3 : 0)).repeat(64),
          status: "success",
          result: resultOf(answer),
        });
      });
      changes.push(...rows.map((row): Change => ({ op: "putJob", row })), {
        op: "putVerification",
        rows: rows.map(({ jobId }, position) => ({
          jobId,
          leadId: rows[0].jobId,
          position,
          needed: 2,
          count: 3,
          atMs: NOW_MS + number,
          challenge: false,
          compare: "kind",
          judge: null,
        })),
      });
    }
    return changes;
  };
  await at.store.commit(many(301));
  const { dissents, unread } = await contradictionsOf(at.store, () => Promise.resolve(MARKET));
  assert.deepEqual(dissents.map(({ provider }) => provider), ["5".repeat(64)]);
  assert.deepEqual(unread, []);
});

/** Cases of the store's contract: what skills said about answers. */
import assert from "node:assert/strict";
import { groupsText, type JudgementRow, pairsText } from "../../store/judgement_row.ts";
import type { Change } from "../../store/store.ts";
import { type Case, code, one } from "./store_case.ts";
import { eventIdOf, job } from "./store_rows.ts";

const [A, B, C] = ["a", "b", "c"].map((letter) => letter.repeat(64));
const jobs = ["1", "2", "3"].map((letter) =>
  job({ eventId: eventIdOf(letter), provider: letter.repeat(64) })
);
const leadId = jobs[0].jobId;
const compared = (judge: string | null): Change[] => [
  ...jobs.map((row): Change => ({ op: "putJob", row })),
  {
    op: "putVerification",
    rows: jobs.map(({ jobId }, position) => ({
      jobId,
      leadId,
      position,
      needed: 2,
      count: 3,
      challenge: false,
      compare: judge === null ? "kind" : "skill",
      judge,
      atMs: 1_000,
    })),
  },
];
const judgement = (row: Partial<JudgementRow>): JudgementRow => ({
  leadId,
  skill: "even",
  sha256: "d".repeat(64),
  groups: null,
  undecided: null,
  failedOn: null,
  errorCode: null,
  errorMessage: null,
  atMs: 2_000,
  ...row,
});
const put = (row: Partial<JudgementRow>): Change => ({ op: "putJudgement", row: judgement(row) });
const FAILED = { failedOn: groupsText([[A, B]]), errorCode: "timeout", errorMessage: "late" };

export const JUDGEMENTS: readonly Case[] = [
  {
    name:
      "putJudgement keeps groups, takes later answers into them, and keeps them after a failure",
    async run(store) {
      await one(store, ...compared("even"));
      assert.equal(await store.judgementOf(leadId), null);
      await one(store, put(FAILED));
      assert.deepEqual(await store.judgementOf(leadId), judgement(FAILED));
      await one(store, put({ groups: groupsText([[B, A]]) }));
      const groups = JSON.stringify([[A, B]]);
      assert.deepEqual(await store.judgementOf(leadId), judgement({ groups }));
      await one(store, put({ ...FAILED, sha256: "e".repeat(64) }));
      assert.deepEqual(await store.judgementOf(leadId), judgement({ ...FAILED, groups }));
      await one(store, put({ groups: groupsText([[C], [A, B]]) }));
      const all = JSON.stringify([[A, B], [C]]);
      assert.deepEqual(await store.judgementOf(leadId), judgement({ groups: all }));
    },
  },
  {
    name: "putJudgement keeps undecided pairs after a failure, and takes a later judgement of them",
    async run(store) {
      const pair = {
        groups: groupsText([[A], [B]]),
        undecided: pairsText([[B, A]]),
        errorCode: "timeout",
        errorMessage: "late",
      };
      await one(store, ...compared("even"), put(pair));
      assert.deepEqual(await store.judgementOf(leadId), judgement(pair));
      await one(store, put({ ...FAILED, errorCode: "bad_verdict" }));
      assert.deepEqual(
        await store.judgementOf(leadId),
        judgement({ ...pair, ...FAILED, errorCode: "bad_verdict" }),
      );
      const decided = { groups: groupsText([[A, B], [C]]) };
      await one(store, put(decided));
      assert.deepEqual(await store.judgementOf(leadId), judgement(decided));
      // What was decided stays.
      const undone = { ...decided, undecided: pairsText([[A, C]]) };
      await assert.rejects(one(store, put(undone)), code("conflict"));
    },
  },
  {
    name: "putJudgement refuses groups that contradict earlier ones, and those of changed files",
    async run(store) {
      await one(store, ...compared("even"), put({ groups: groupsText([[A, B], [C]]) }));
      for (
        const other of [
          { groups: groupsText([[A], [B], [C]]) },
          { groups: groupsText([[A, B, C]]) },
          { groups: groupsText([[A, B]]) },
          { groups: groupsText([[A, B], [C]]), sha256: "e".repeat(64) },
          { skill: "odd", groups: groupsText([[A, B], [C]]) },
        ]
      ) await assert.rejects(one(store, put(other)), code("conflict"), JSON.stringify(other));
    },
  },
  {
    name: "putJudgement refuses what no skill judges, and rows that are no judgement",
    async run(store) {
      const groups = groupsText([[A]]);
      await assert.rejects(one(store, put({ groups })), code("conflict"));
      await assert.rejects(one(store, ...compared(null), put({ groups })), code("conflict"));
      await one(store, ...compared("even"));
      await assert.rejects(one(store, put({ groups, leadId: jobs[1].jobId })), code("conflict"));
      for (
        const wrong of [
          {},
          { ...FAILED, groups },
          { ...FAILED, errorCode: null },
          { groups, errorCode: "timeout" },
          ...["", "[]", "{}", "[[]]", "null", '[["x"]]', "[[1]]"].map((text) => ({ groups: text })),
          { groups: JSON.stringify([[A], [A]]) },
          {
            groups: JSON.stringify([
              Array.from({ length: 10 }, (_, at) => String(at).repeat(64).slice(0, 64)),
            ]),
          },
          { ...FAILED, failedOn: "[[]]" },
          { ...FAILED, undecided: pairsText([[A, B]]) },
          { undecided: pairsText([[A, B]]) },
          ...["", "[]", "[[]]", JSON.stringify([[A]]), JSON.stringify([[A, A]]), '[["x","y"]]']
            .map((text) => ({ groups, undecided: text })),
        ]
      ) await assert.rejects(one(store, put(wrong)), code("invalid"), JSON.stringify(wrong));
    },
  },
  {
    name: "putVerification refuses a judge without its comparison, and the comparison without one",
    async run(store) {
      const [first, second, third, change] = compared("even");
      if (change.op !== "putVerification") throw new TypeError("not the change");
      for (const wrong of [{ judge: null }, { compare: "json" as const }]) {
        const rows = change.rows.map((row) => ({ ...row, ...wrong }));
        await assert.rejects(
          one(store, first, second, third, { ...change, rows }),
          code("invalid"),
        );
      }
    },
  },
];

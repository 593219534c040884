import assert from "node:assert/strict";
import fc from "fast-check";
import { runSequence } from "../../../market/sequences/sequence_runner.ts";
import type { SequenceState } from "../../../store/sequence_row.ts";
import type { Store } from "../../../store/store.ts";
import {
  dyingAt,
  type Fate,
  type Fates,
  play,
  PRICES,
  putSequence,
  runnerOn,
} from "./sequence_market.ts";
import { documentOf, echo } from "./sequence_states.ts";
import { inOwnStore, never } from "./sequence_runs.ts";

const FATES: readonly Fate[] = [
  { status: "success" },
  { status: "success", exitCode: 1 },
  { status: "error" },
  { status: "timeout" },
  { status: "refused" },
];

/** A sequence of up to four steps and two of a failure path, each with some of the possible fields. */
const sequences = fc.array(
  fc.record({
    retries: fc.nat(2),
    onFailure: fc.constantFrom(undefined, "stop", "continue"),
    when: fc.constantFrom(undefined, "true", "steps.s0.status == 'success'"),
  }),
  { minLength: 1, maxLength: 4 },
).chain((made) =>
  fc.nat(2).map((undos) =>
    documentOf({
      steps: made.map(({ retries, onFailure, when }, n) =>
        echo(`s${n}`, {
          retries,
          ...(onFailure === undefined ? {} : { on_failure: onFailure }),
          ...(when === undefined || n === 0 ? {} : { when }),
          input: n === 0 ? "start" : `after {{ steps.s${n - 1}.status }} ${n}`,
        })
      ),
      failure: Array.from({ length: undos }, (_, n) => echo(`u${n}`)),
    })
  )
);

Deno.test("a sequence whose process dies at any commits ends as one that never died, and buys no step twice", async () => {
  let bought = 0;
  await fc.assert(
    fc.asyncProperty(
      sequences,
      fc.array(fc.constantFrom(...FATES), { minLength: 12, maxLength: 12 }),
      fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.constantFrom("before", "after"))),
      fc.option(fc.integer({ min: 0, max: 900 }), { nil: null }),
      async (document, fates, deaths, budget) => {
        const budgetUnits = budget === null ? null : BigInt(budget);
        // The same fate for the same attempt of the same step, in whichever run.
        const fateOf = (
          state: () => Promise<SequenceState>,
        ): Fates & { look(): Promise<void> } => {
          let seen: SequenceState;
          const fates_: Fates = ({ jobId }) => {
            const own = seen.attempts.find((each) => each.jobId === jobId);
            if (own === undefined) return { status: "success" };
            const at = document.steps.findIndex(({ name }) => name === own.step);
            return fates[(at * 3 + own.attempt) % fates.length];
          };
          return Object.assign(fates_, { look: async () => void (seen = await state()) });
        };
        const finish = async (
          store: Store,
          id: string,
          run: Promise<unknown>,
          stop: Promise<void> | null,
        ) => {
          const own = fateOf(async () => (await store.sequence(id))!);
          let over = false;
          void Promise.race([run, ...(stop === null ? [] : [stop])]).then(() => over = true);
          while (!over) {
            await own.look();
            if (await play(store, own) === 0) await new Promise((go) => setTimeout(go, 0));
          }
        };
        const summary = ({ sequence, steps, attempts }: SequenceState) => ({
          status: sequence.status,
          code: sequence.errorCode,
          steps: steps.map(({ name, status, errorCode }) => [name, status, errorCode]),
          bought: attempts.map((
            { step, attempt, provider, status, paidUnits },
          ) => [step, attempt, provider, status, paidUnits]),
        });

        // Each has a store of its own: the failures of one would change which providers the other one asks.
        const expected = await inOwnStore(async (store) => {
          const plain = await putSequence(store, document, budgetUnits);
          await finish(store, plain, runSequence(runnerOn(store), plain, never), null);
          return (await store.sequence(plain))!;
        });
        const [found, jobs] = await inOwnStore(async (store) => {
          const dead = await putSequence(store, { ...document, name: "dead" }, budgetUnits);
          let nowS = 1_780_000_000;
          // All deaths are within a day, as long as a failed provider is asked last.
          const next = () => runnerOn(store, nowS += 5_000);
          for (const [nth, when] of deaths) {
            const dying = dyingAt(store, nth, when as "before" | "after");
            const run = runSequence({ ...next(), store: dying.store }, dead, never);
            await finish(store, dead, run, dying.died);
          }
          await finish(store, dead, runSequence(next(), dead, never), null);
          const jobs = await store.listJobs({ role: "buyer", limit: 10_000 });
          return [(await store.sequence(dead))!, jobs] as const;
        });
        assert.deepEqual(summary(found), summary(expected));
        const counted = new Set(found.attempts.map(({ jobId }) => jobId));
        assert.equal(counted.size, found.attempts.length);
        const paid = found.attempts.reduce((sum, { paidUnits }) => sum + paidUnits, 0n);
        if (budgetUnits !== null) assert.ok(paid <= budgetUnits, `${paid} of ${budgetUnits}`);
        // Every job belongs to the sequence.
        assert.deepEqual(jobs.filter(({ jobId }) => !counted.has(jobId)), []);
        bought += jobs.length;
        for (const { name } of document.steps) {
          const wins = found.attempts.filter(({ step, status }) =>
            step === name && status === "success"
          );
          assert.ok(wins.length <= 1, `${name} was done ${wins.length} times`);
        }
      },
    ),
    { numRuns: 25, endOnFailure: true },
  );
  assert.ok(PRICES.length > 1 && bought > 25);
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { cancelSequence } from "../../../market/sequences/cancel_sequence.ts";
import { NO_OFFER } from "../../../market/offer.ts";
import type { SequenceDocument } from "../../../market/sequences/sequence_document.ts";
import { runSequence, runSequences } from "../../../market/sequences/sequence_runner.ts";
import type { SequenceState } from "../../../store/sequence_row.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import type { Store } from "../../../store/store.ts";
import {
  dyingAt,
  type Fate,
  type Fates,
  inputOf,
  play,
  playToEnd,
  PRICES,
  PROVIDERS,
  putSequence,
  runnerOn,
} from "./sequence_market.ts";
import { documentOf, echo, stateOf } from "./sequence_states.ts";

const never = new AbortController().signal;
const SUCCESS: Fates = () => ({ status: "success" });

const withStore = inOwnStore<void>;

async function inOwnStore<Result>(use: (store: Store) => Promise<Result>): Promise<Result> {
  const folder = await Deno.makeTempDir({ prefix: "ct-" });
  const store = await openSqliteStore({ folder, clock: () => 1_770_000_000_000 });
  try {
    return await use(store);
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs a sequence to its end while its jobs meet their fates. */
async function ran(
  store: Store,
  document: SequenceDocument,
  fates: Fates,
  budget: bigint | null = null,
): Promise<SequenceState> {
  const id = await putSequence(store, document, budget);
  await Promise.all([runSequence(runnerOn(store), id, never), playToEnd(store, id, fates)]);
  return (await store.sequence(id))!;
}

const steps = ({ steps }: SequenceState) =>
  Object.fromEntries(
    steps.map((
      { name, status, errorCode },
    ) => [name, errorCode === null ? status : `${status} ${errorCode}`]),
  );

Deno.test("runSequence() never buys from a provider that sold a false key, and asks each other one for a quote", async () => {
  await withStore(async (store) => {
    const id = await putSequence(store, documentOf({ steps: [echo("one", {}), echo("two", {})] }));
    const asked: string[] = [];
    const deps = {
      ...runnerOn(Object.assign(Object.create(store), {
        keyBreakers: () => Promise.resolve([PROVIDERS[0]]),
      })),
      quotes: {
        ask(questions: readonly { readonly provider: string }[]) {
          asked.push(...questions.map(({ provider }) => provider));
          return Promise.reject(new Error("the connector is away"));
        },
      },
    };
    const quoting = {
      ...deps,
      relayReader: {
        announcements: async (...wanted: Parameters<typeof deps.relayReader.announcements>) =>
          (await deps.relayReader.announcements(...wanted))
            .map((each) => ({ ...each, offer: { ...NO_OFFER, quotes: true } })),
      },
    };
    await Promise.all([runSequence(quoting, id, never), playToEnd(store, id, SUCCESS)]);
    const { sequence, attempts } = (await store.sequence(id))!;
    assert.equal(sequence.status, "success");
    // Without a quote, the announced price is paid.
    assert.deepEqual(attempts.map(({ provider }) => provider), [PROVIDERS[1], PROVIDERS[1]]);
    assert.ok(asked.includes(PROVIDERS[1]) && !asked.includes(PROVIDERS[0]), asked.join());
  });
});

Deno.test("runSequence() feeds each step with the results before it, whole or in part, and reads no result again", async () => {
  await withStore(async (store) => {
    const document = documentOf({
      steps: [
        echo("one", { input: '{"files":["a","b"],"log":"{{ "{{" }} steps.two.result }}"}' }),
        echo("two", { input: "{{ steps.one.result.files.1 }}:{{ steps.one.result.log }}" }),
        echo("three", { input: "{{ steps.one.result }}", params: { p: "{{ steps.two.result }}" } }),
      ],
    });
    const state = await ran(store, document, SUCCESS);
    assert.equal(state.sequence.status, "success");
    const jobs = await Promise.all(state.attempts.map(({ jobId }) => store.getJob(jobId, "buyer")));
    assert.deepEqual(jobs.map((job) => inputOf(job!)), [
      '{"files":["a","b"],"log":"{{ steps.two.result }}"}',
      "b:{{ steps.two.result }}",
      '{"files":["a","b"],"log":"{{ steps.two.result }}"}',
    ]);
    const { tags } = JSON.parse(new TextDecoder().decode(jobs[2]!.request));
    assert.ok(tags.some((tag: string[]) => tag.join() === "param,p,b:{{ steps.two.result }}"));
  });
});

Deno.test("runSequence() never takes a result for a path or an address", async () => {
  await withStore(async (store) => {
    const document = documentOf({
      steps: [echo("one"), echo("two", { input: "{{ steps.one.result }}" })],
    });
    for (const content of ["/etc/hostname", "https://example.com/x.git#main", "-", "./README.md"]) {
      const fates: Fates = (job) => ({
        status: "success",
        ...(inputOf(job) === "hello from one" ? { content } : {}),
      });
      const { sequence, attempts } = await ran(store, document, fates);
      assert.equal(sequence.status, "success");
      const { tags } = JSON.parse(
        new TextDecoder().decode((await store.getJob(attempts[1].jobId, "buyer"))!.request),
      );
      assert.deepEqual(tags.find(([name]: string[]) => name === "i").slice(0, 3), [
        "i",
        content,
        "text",
      ]);
    }
  });
});

Deno.test("runSequence() retries only with providers that have not failed, and fails when none is left", async () => {
  await withStore(async (store) => {
    const document = documentOf({ steps: [echo("one", { retries: 5 })] });
    const second: Fates = ({ provider }) => ({
      status: provider === PROVIDERS[0] ? "timeout" : "success",
    });
    const good = await ran(store, document, second);
    assert.equal(good.sequence.status, "success");
    assert.deepEqual(good.attempts.map(({ provider }) => provider), PROVIDERS.slice(0, 2));
    const bad = await ran(store, document, () => ({ status: "error" }));
    assert.deepEqual(bad.attempts.map(({ provider }) => provider), PROVIDERS);
    assert.deepEqual(steps(bad), { one: "failed no_provider" });
    assert.equal(bad.sequence.errorCode, "no_provider");
  });
});

Deno.test("runSequence() skips by conditions, fails by what is missing, and buys nothing for either", async () => {
  await withStore(async (store) => {
    const document = documentOf({
      steps: [
        echo("one"),
        echo("two", { when: "steps.one.attempts > 1" }),
        echo("three", { when: "steps.two.status == 'skipped'" }),
        echo("four", { when: "steps.one.result.nothing == 1", on_failure: "continue" }),
        echo("five", { input: "{{ steps.two.result }}", on_failure: "continue" }),
        echo("six", { input: "{{ steps.five.error.code }}" }),
      ],
    });
    const state = await ran(store, document, SUCCESS);
    assert.deepEqual(steps(state), {
      one: "success",
      two: "skipped",
      three: "success",
      four: "failed missing_value",
      five: "failed missing_value",
      six: "success",
    });
    assert.deepEqual(state.attempts.map(({ step }) => step), ["one", "three", "six"]);
  });
});

Deno.test("runSequence() runs the failure path after a failure, and no step of it otherwise", async () => {
  await withStore(async (store) => {
    const document = documentOf({
      steps: [echo("one"), echo("two"), echo("three")],
      failure: [
        echo("undo", {
          when: "steps.one.status == 'success'",
          input: "undo {{ steps.one.result }}",
        }),
        echo("tell", { input: "{{ steps.two.error.message }}" }),
      ],
    });
    const broken: Fates = (job) => ({
      status: inputOf(job) === "hello from two" ? "error" : "success",
    });
    const state = await ran(store, document, broken);
    assert.equal(state.sequence.status, "compensated");
    assert.equal(state.sequence.errorCode, "error");
    assert.deepEqual(steps(state), {
      one: "success",
      two: "failed error",
      three: "skipped",
      undo: "success",
      tell: "success",
    });
    const last = await store.getJob(state.attempts.at(-1)!.jobId, "buyer");
    assert.match(inputOf(last!), /ended as error: it ended as error/);
    const fine = await ran(store, document, SUCCESS);
    assert.equal(fine.sequence.status, "success");
    assert.deepEqual([steps(fine).undo, steps(fine).tell], ["skipped", "skipped"]);
  });
});

Deno.test("runSequence() stays within the budget, retries and failure path included", async () => {
  await withStore(async (store) => {
    const document = documentOf({
      steps: [echo("one", { retries: 2 }), echo("two")],
      failure: [echo("undo")],
    });
    // 100 for the first, 200 for the second provider; nothing is left for a third.
    const state = await ran(store, document, () => ({ status: "error" }), 350n);
    assert.deepEqual(steps(state), { one: "failed budget", two: "skipped", undo: "failed budget" });
    assert.equal(
      state.steps[0].errorMessage,
      "the step costs 0.0003 M2M, the sequence's budget has 0.00005 M2M left",
    );
    assert.equal(state.attempts.reduce((sum, { paidUnits }) => sum + paidUnits, 0n), 300n);
    const bids = documentOf({ steps: [echo("one", { bid: "99" })] });
    assert.deepEqual(steps(await ran(store, bids, SUCCESS)), { one: "failed bid_too_low" });
  });
});

Deno.test("runSequence() waits while the relay is away, until the step's time is over", async () => {
  await withStore(async (store) => {
    const offline = Object.assign(new Error("relay is away"), { code: "offline" });
    for (const [failures, expected] of [[3, "success"], [Infinity, "failed offline"]] as const) {
      const id = await putSequence(store, documentOf({ steps: [echo("one")] }));
      const deps = runnerOn(store);
      let asked = 0;
      const announcements = () =>
        asked++ < failures ? Promise.reject(offline) : deps.relayReader.announcements([5600]);
      const away = { ...deps, relayReader: { announcements } };
      await Promise.all([runSequence(away, id, never), playToEnd(store, id, SUCCESS)]);
      assert.equal(steps((await store.sequence(id))!).one, expected);
      assert.ok(deps.logs.some((line) => line.includes("relay is away")) || failures === Infinity);
    }
  });
});

Deno.test("runSequence() ends a sequence whose document cannot be read", async () => {
  await withStore(async (store) => {
    for (const [n, text] of ["", "{}", "null", "\xff"].entries()) {
      const id = `sequence-${n}`;
      await store.commit([{
        op: "putSequence",
        row: {
          ...stateOf(documentOf({ steps: [echo("one")] }), {}).sequence,
          sequenceId: id,
          key: id,
          document: new TextEncoder().encode(text),
        },
        steps: [{ name: "one", path: "steps" }],
      }]);
      assert.equal(await runSequence(runnerOn(store), id, never), "failed");
      assert.equal((await store.sequence(id))!.sequence.errorCode, "bad_sequence");
    }
  });
});

Deno.test("cancelSequence() also gives up the open job, and buys nothing more", async () => {
  await withStore(async (store) => {
    const id = await putSequence(store, documentOf({ steps: [echo("one"), echo("two")] }));
    const running = runSequence(runnerOn(store), id, never);
    for (let [bought, sinceMs] = [0, 0]; bought === 0;) {
      const { sequence, attempts } = (await store.watchSequence(id, sinceMs, 1_000))!;
      assert.equal(sequence.status, "running");
      [bought, sinceMs] = [attempts.length, sequence.updatedAtMs];
    }
    assert.equal(await cancelSequence(store, id, 1_770_000_500_000), true);
    assert.equal(await running, "cancelled");
    const { sequence, attempts, steps: rows } = (await store.sequence(id))!;
    assert.deepEqual(attempts.map(({ status }) => status), ["cancelled"]);
    assert.deepEqual(rows.map(({ status }) => status), ["cancelled", "skipped"]);
    assert.equal(sequence.errorCode, "cancelled");
    assert.equal(await cancelSequence(store, id, 1), false);
    await assert.rejects(() => cancelSequence(store, "sequence-none", 1), RangeError);
  });
});

Deno.test("runSequences() runs many sequences at once, those of its network alone, until it is stopped", async () => {
  await withStore(async (store) => {
    const documents = Array.from(
      { length: 70 },
      (_, n) => documentOf({ name: `n${n}`, steps: [echo("one", { input: `x${n}` })] }),
    );
    const ids: string[] = [];
    for (const document of documents) ids.push(await putSequence(store, document));
    const other = { ...runnerOn(store) };
    const elsewhere = { ...other, buyer: { ...other.buyer, network: "elsewhere" } };
    const abort = new AbortController();
    const runners = [
      runSequences(runnerOn(store), abort.signal),
      runSequences(elsewhere, abort.signal),
    ];
    const failed = Promise.all(runners);
    failed.catch(() => undefined);
    for (const id of ids) await Promise.race([playToEnd(store, id, SUCCESS), failed]);
    abort.abort();
    await failed;
    const heads = await store.listSequences({ limit: 100 });
    assert.deepEqual(new Set(heads.map(({ status }) => status)), new Set(["success"]));
    assert.equal(heads.length, 70);
  });
});

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

/** The limits of a job and of a provider's day, with a payer on a real store whose peer answers at once. */
import assert from "node:assert/strict";
import { followCeilings } from "../../../money/payer/follow_ceilings.ts";
import { until } from "../../until.ts";
import {
  ACK,
  code,
  DAY_MS,
  FULFILL,
  inProcess,
  LIMITS,
  REJECT,
  withFolder,
} from "./spending_home.ts";

Deno.test("SpendingGuard counts the write, the payment and the losses of a retry for one job, also after a restart", () =>
  withFolder(async (folder) => {
    await inProcess(folder, async ({ pay, state }) => {
      assert.equal(code(await pay(30n, "write:1")), "fulfilled");
      // A strict peer: the refusal costs its amount.
      state.answer = { packet: REJECT, ack: null };
      assert.equal(code(await pay(40n, "job:1")), "T00");
    });
    await inProcess(folder, async ({ pay }) => {
      const above = await pay(31n, "job:1");
      assert.equal(code(above), "ceiling");
      assert.match(
        (above as { message: string }).message,
        /101 units in all, above the limit of 100/,
      );
      assert.equal(code(await pay(30n, "job:1")), "fulfilled", "up to the limit");
      assert.equal(code(await pay(30n, "job:1")), "fulfilled", "paid before: told again");
      assert.equal(code(await pay(1n, "job:2", "job-other")), "fulfilled", "another job");
    });
  }));

Deno.test("SpendingGuard returns to a job the amount of a refusal that was kept as credit", () =>
  withFolder((folder) =>
    inProcess(folder, async ({ pay, state }) => {
      state.answer = { packet: REJECT, ack: ACK };
      assert.equal(code(await pay(90n, "job:1")), "T00");
      state.answer = { packet: FULFILL, ack: ACK };
      assert.equal(code(await pay(90n, "job:1")), "fulfilled");
    })
  ));

Deno.test("SpendingGuard lets simultaneous payments spend together no more than what is left", () =>
  withFolder((folder) =>
    inProcess(folder, async ({ pay }) => {
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, at) => pay(30n, `write:${at}`)),
      );
      assert.equal(outcomes.filter((outcome) => code(outcome) === "fulfilled").length, 3);
      assert.equal(outcomes.filter((outcome) => code(outcome) === "ceiling").length, 17);
    })
  ));

Deno.test("SpendingGuard enforces a provider's daily limit, across jobs and restarts", () =>
  withFolder(async (folder) => {
    await inProcess(folder, async ({ pay }) => {
      assert.equal(code(await pay(90n, "job:1", "job-1")), "fulfilled");
    });
    await inProcess(folder, async ({ pay, state }) => {
      const above = await pay(61n, "job:2", "job-2");
      assert.equal(code(above), "ceiling");
      assert.match(
        (above as { message: string }).message,
        /aaaaaaaa\.\.\. was paid 90 units today/,
      );
      assert.equal(
        code(await pay(100n, "write:2", "job-2")),
        "fulfilled",
        "a write pays no provider",
      );
      state.nowMs += DAY_MS;
      assert.equal(code(await pay(61n, "job:3", "job-3")), "fulfilled", "a new day");
    });
  }));

Deno.test("SpendingGuard pays for no write of a job when another job used up the provider's daily limit", () =>
  withFolder((folder) =>
    inProcess(folder, async ({ make, pay }) => {
      const jobs = await Promise.all(["1", "2", "3"].map((id) => make(id, 60n)));
      const writes = await Promise.all(jobs.map((id, at) => pay(5n, `write:${at + 1}`, id)));
      assert.deepEqual(writes.map(code).toSorted(), ["ceiling", "fulfilled", "fulfilled"]);
      const lost = writes.findIndex((outcome) => code(outcome) === "ceiling");
      assert.match(
        (writes[lost] as { message: string }).message,
        /was paid 0 units today and 120 units are reserved for it; 60 units more are above/,
      );
      for (const [at, id] of jobs.entries()) {
        if (at !== lost) assert.equal(code(await pay(60n, `job:${at + 1}`, id)), "fulfilled");
      }
      assert.equal(
        code(await pay(5n, `write:${lost + 1}`, jobs[lost])),
        "ceiling",
        "it is used up",
      );
    })
  ));

Deno.test("SpendingGuard keeps a job's reservation across a restart, until it is paid, refused or over", () =>
  withFolder(async (folder) => {
    let jobs: string[] = [];
    await inProcess(folder, async ({ make, pay }) => {
      jobs = [await make("1", 90n), await make("2", 90n)];
      assert.equal(code(await pay(5n, "write:1", jobs[0])), "fulfilled");
    });
    await inProcess(folder, async ({ pay, cancel, state }) => {
      assert.equal(code(await pay(5n, "write:2", jobs[1])), "ceiling");
      assert.equal(
        code(await pay(90n, "job:9", "job-9")),
        "ceiling",
        "nobody else takes its place",
      );
      state.answer = { packet: REJECT, ack: ACK };
      assert.equal(code(await pay(90n, "job:1", jobs[0])), "T00");
      state.answer = { packet: FULFILL, ack: ACK };
      assert.equal(code(await pay(5n, "write:2", jobs[1])), "ceiling", "it may be paid again");
      await cancel(jobs[0]);
      assert.equal(code(await pay(5n, "write:2", jobs[1])), "fulfilled");
      assert.equal(code(await pay(90n, "job:2", jobs[1])), "fulfilled");
    });
  }));

Deno.test("SpendingGuard pays for no write of a job whose payment would be above the job's limit", () =>
  withFolder((folder) =>
    inProcess(folder, async ({ make, pay, state }) => {
      const id = await make("1", 96n);
      assert.equal(code(await pay(5n, "write:1", id)), "ceiling", "101 of 100");
      assert.equal(code(await pay(4n, "write:1", id)), "fulfilled");
      assert.equal(code(await pay(96n, "job:1", id)), "fulfilled");
      const other = await make("2", 50n);
      state.answer = { packet: REJECT, ack: ACK };
      assert.equal(code(await pay(5n, "write:2", other)), "T00");
      state.answer = { packet: FULFILL, ack: ACK };
      assert.equal(
        code(await pay(54n, "job:9", "job-9")),
        "fulfilled",
        "a refused write keeps none",
      );
    })
  ));

Deno.test("SpendingGuard.change() waits for a step that has begun, and limits every later payment", () =>
  withFolder((folder) =>
    inProcess(folder, async ({ pay, guard }) => {
      const begun = Promise.withResolvers<void>();
      const go = Promise.withResolvers<void>();
      const step = guard.exclusive(async () => {
        begun.resolve();
        await go.promise;
        return guard.limits.jobUnits;
      });
      await begun.promise;
      let changed = false;
      const change = guard.change({ jobUnits: 20n, providerDayUnits: 150n, windowUnits: 10n })
        .then(() => changed = true);
      const later = pay(30n, "write:1");
      assert.equal(changed, false);
      go.resolve();
      assert.equal(await step, LIMITS.jobUnits, "the step keeps the limits that it began with");
      await change;
      assert.equal(code(await later), "ceiling");
      assert.equal(code(await pay(11n, "write:2")), "window");
      assert.equal(code(await pay(10n, "write:3")), "fulfilled");
    })
  ));

Deno.test("followCeilings() takes the signer's ceilings first, then each change, and ends with the signal", async () => {
  const stop = new AbortController();
  const taken: bigint[] = [];
  const asked: number[] = [];
  const next: ((jobUnits: bigint) => void)[] = [];
  const answer = (changes: number, perJobUnits: bigint) =>
    ({ changes, effective: { perJobUnits, perProviderDayUnits: 1n, windowUnits: 1n } }) as never;
  await followCeilings(
    {
      ceilingsAfter(changes) {
        asked.push(changes);
        if (changes < 0) return Promise.resolve(answer(4, 9n));
        return new Promise((resolve) => next.push((units) => resolve(answer(changes + 1, units))));
      },
    },
    { change: ({ jobUnits }) => Promise.resolve(void taken.push(jobUnits)) },
    { signal: stop.signal, log: () => {} },
  );
  assert.deepEqual(taken, [9n]);
  next.shift()!(8n);
  await until(() => taken.length === 2 && next.length === 1);
  stop.abort();
  next.shift()!(7n);
  await until(() => taken.length === 3);
  assert.deepEqual([taken, asked], [[9n, 8n, 7n], [-1, 4, 5]]);
});

/** Services that share a worker: which ones do, and what happens when one of them rests, stops or dies. */
import assert from "node:assert/strict";
import type { Fatal } from "../../runtime/supervisor.ts";
import type { Journal } from "./stages/journal.ts";
import { reportAt } from "./stages/journal.ts";
import { listing } from "./supervised.ts";

const SHARED = "shared-journal";
const REST_MS = 20;

for (
  const { name, options, workers } of [
    {
      name: "services that may share a worker do, with stages of the same permissions",
      options: { sharesServices: true },
      workers: [SHARED, "journal"],
    },
    {
      name: "services share no worker unless the supervisor lets them",
      options: {},
      workers: [SHARED, SHARED, "journal", "one/0-numbers"],
    },
    {
      name: "services share no worker with isolate",
      options: { sharesServices: true, isolate: true },
      workers: [SHARED, SHARED, "journal", "one/0-numbers", "one/1-effects"],
    },
  ]
) {
  Deno.test(name, async () => {
    const { names, supervisor } = listing(options);
    const [one, two] = [
      (await supervisor.service(SHARED, {})).client(),
      (await supervisor.service(SHARED, {})).client(),
    ];
    const journal = await supervisor.service("journal", {});
    const stages = [{ stage: "numbers", options: { count: 20 } }, { stage: "effects" }];
    const pipeline = await supervisor.pipeline({ name: "one", stages, services: { journal } });
    await pipeline.done;
    assert.deepEqual((await reportAt(journal.client(), 20)).settled, { done: 20 });
    // Each has its own state.
    assert.deepEqual([await one.visit("a"), await one.visit("a"), await two.visit("a")], [0, 1, 0]);
    assert.deepEqual(names, workers);
    await supervisor.stop();
  });
}

Deno.test("a service that is stopped leaves the others of its worker at work", async () => {
  const { names, supervisor } = listing({ sharesServices: true });
  const [one, two] = [await supervisor.service(SHARED, {}), await supervisor.service(SHARED, {})];
  const [first, second] = [one.client(), two.client()];
  await second.visit("a");
  await one.stop();
  await assert.rejects(first.visit("a"), { code: "closed" });
  assert.equal(await second.visit("a"), 1);
  const third = (await supervisor.service(SHARED, {})).client();
  assert.equal(await third.visit("a"), 0);
  assert.deepEqual(names, [SHARED]);
  await supervisor.stop();
});

Deno.test("a service that rests in a shared worker starts there again, and the others stay", async () => {
  const { names, supervisor } = listing({ sharesServices: true, pingMs: 10 });
  const rests: boolean[] = [];
  const rested = Promise.withResolvers<void>();
  const other = (await supervisor.service(SHARED, {})).client();
  await other.visit("a");
  const lazy = await supervisor.whenNeeded(SHARED, {}, {}, REST_MS, {
    rests(resting) {
      rests.push(resting);
      if (resting) rested.resolve();
    },
  });
  const client: Pick<Journal, "visit"> = lazy.client();
  assert.equal(await client.visit("b"), 0);
  await rested.promise;
  assert.equal(await client.visit("b"), 0);
  assert.equal(await other.visit("a"), 1);
  assert.deepEqual(rests.slice(0, 3), [false, true, false]);
  assert.deepEqual(names, [SHARED]);
  await supervisor.stop();
});

Deno.test("a shared worker that dies is fatal, because a service in it is gone", async () => {
  const fatal = Promise.withResolvers<Fatal>();
  const { supervisor } = listing({ sharesServices: true, onFatal: fatal.resolve });
  const one = (await supervisor.service(SHARED, {})).client();
  await supervisor.service(SHARED, {});
  one.crash().catch(() => {});
  const { code, exitCode } = await fatal.promise;
  assert.deepEqual([code, exitCode], ["service_died", 75]);
  await supervisor.stop();
});

for (const isLazy of [false, true]) {
  Deno.test(`calls to a service that died fail in a one-off command, lazy ${isLazy}`, async () => {
    const fatal = Promise.withResolvers<Fatal>();
    const { supervisor } = listing({ sharesServices: true, onFatal: fatal.resolve });
    const service = isLazy
      ? await supervisor.whenNeeded(SHARED, {}, {}, null)
      : await supervisor.service(SHARED, {});
    const client: Pick<Journal, "visit" | "crash"> = service.client();
    await client.crash();
    assert.equal((await fatal.promise).code, "service_died");
    await assert.rejects(client.visit("a"), { code: "closed" });
    await supervisor.stop();
  });
}

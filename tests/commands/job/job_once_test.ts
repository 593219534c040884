/** Two equal commands make one job. */
import assert from "node:assert/strict";
import { EarlierJob, JobOnce } from "../../../commands/job/job_once.ts";
import type { Config } from "../../../config/config.ts";
import { intake } from "../../../market/intake.ts";
import type { OnBuilt } from "../../../market/plan_job.ts";
import type { Store } from "../../../store/store.ts";
import type { Invocation } from "../../../shell/command.ts";
import { BUYER, NOW_S } from "../../market/market.ts";
import { job } from "../../store/store_rows.ts";

const NOW_MS = NOW_S * 1_000;
const WINDOW_S = 600;
const FLAGS = { type: "echo", callbackSkill: null } as const;
type Earlier = Awaited<ReturnType<Store["jobByKey"]>>;

/** A command with these options. */
function command(
  { key, again = false, windowS = WINDOW_S }: {
    readonly key?: string;
    readonly again?: boolean;
    readonly windowS?: number;
  } = {},
): JobOnce {
  const chain = { chainId: 31_337, tokenNetworkAddress: `0x${"4".repeat(40)}` };
  const config = { profile: { name: "dev", chain }, get: () => windowS } as unknown as Config;
  const options = { text: () => key, on: () => again };
  const io = { clock: () => NOW_MS };
  return new JobOnce({ options, io } as unknown as Invocation, config, FLAGS);
}

/** Builds the request of an order, and tells it to the command, whose home has this earlier job. Resolves with what the home was asked. */
async function built(once: JobOnce, input: string, earlier: Earlier = null) {
  const asked: (readonly [string, number])[] = [];
  const store = {
    jobByKey(key: string, sinceMs: number) {
      asked.push([key, sinceMs]);
      return Promise.resolve(earlier);
    },
  };
  const { build } = intake({ clock: () => NOW_MS });
  const request = await build({
    ...{ type: "echo", kind: 5600, input, params: [], platform: null, tags: [], bidUnits: null },
    ...{ provider: null, relays: ["ws://relay.example/"], timeoutS: 77, limitBytes: 32_000 },
  }, BUYER);
  await once.onBuilt((ask) => ask(store))(request as Parameters<OnBuilt>[0]);
  return asked;
}

Deno.test("JobOnce asks for a job of the same content within the window, and throws EarlierJob with it", async () => {
  const [first, same, other] = [command(), command(), command()];
  const asked = await built(first, "one");
  assert.deepEqual(asked, [[first.key!.key, NOW_MS - WINDOW_S * 1_000]]);
  const row = job();
  await assert.rejects(
    built(same, "one", { row, content: first.key!.content, atMs: NOW_MS }),
    (error) => error instanceof EarlierJob && error.row === row,
  );
  await built(other, "two");
  assert.notEqual(other.key!.key, first.key!.key);
});

Deno.test("JobOnce refuses a --key that made another job, and one that cannot be printed", async () => {
  const [first, second] = [command({ key: "order 17" }), command({ key: "order 17" })];
  await built(first, "one");
  await assert.rejects(
    built(second, "two", { row: job(), content: first.key!.content, atMs: NOW_MS }),
    { name: "CommandError", code: "key_used", message: /already made another job, job-5abc123/ },
  );
  assert.equal(second.key!.key, first.key!.key);
  for (const key of ["", " a", "a ", "ü", "a\nb", "x".repeat(201)]) {
    assert.throws(() => command({ key }), { name: "UsageError" }, key);
  }
  for (const key of ["a", "x".repeat(200)]) command({ key });
});

for (const how of [{ again: true }, { windowS: 0 }]) {
  Deno.test(`JobOnce asks for no earlier job with ${JSON.stringify(how)}`, async () => {
    const once = command(how);
    const store = { jobByKey: () => assert.fail("it is not asked") };
    assert.deepEqual(await built(once, "one"), []);
    assert.equal(once.key!.sinceMs, null);
    assert.equal(await once.earlier(store), null);
  });
}

Deno.test("JobOnce has no key, and finds no job, before the request is built", async () => {
  const once = command();
  assert.equal(once.key, null);
  assert.equal(await once.earlier({ jobByKey: () => assert.fail("it is not asked") }), null);
});

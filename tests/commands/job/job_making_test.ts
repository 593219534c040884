/** A planned job becomes durable in a real store, also when another command makes the same one in the same second. */
import assert from "node:assert/strict";
import type { JobOnce } from "../../../commands/job/job_once.ts";
import { makeJob } from "../../../commands/job/job_making.ts";
import type { Config } from "../../../config/config.ts";
import { intake, type JobFlags } from "../../../market/intake.ts";
import type { PlannedJob } from "../../../market/plan_job.ts";
import type { Once } from "../../../market/job_key.ts";
import type { HomeClient } from "../../../shell/home/home_client.ts";
import type { JobRow } from "../../../store/job_row.ts";
import { call, rig } from "../../home/client/home_methods_rig.ts";
import { BUYER, NOW_S, PROVIDER } from "../../market/market.ts";

const NOW_MS = NOW_S * 1_000;
const FLAGS: JobFlags & { readonly callbackSkill: string | null } = {
  ...{ type: "echo", kind: 5600, input: "hi", params: [], platform: null, tags: [] },
  ...{ bidUnits: null, provider: null, relays: ["ws://relay.example/"], timeoutS: 77 },
  ...{ limitBytes: 32_000, callbackSkill: null },
};
const PLAIN = new TextEncoder().encode("{}");
const CONFIG = { profile: { relay: null } } as unknown as Config;

/** The plan of a request that was built in this second. */
async function planned(more: Partial<PlannedJob> = {}): Promise<PlannedJob> {
  const { build, assign } = intake({ clock: () => NOW_MS });
  return {
    built: assign(await build(FLAGS, BUYER), PROVIDER),
    provider: PROVIDER,
    payTo: "g.provider",
    priceUnits: 500n,
    writeUnits: 9n,
    candidates: [],
    limits: {},
    ...more,
  };
}

/** A home over a real store, and a command that finds this earlier job. */
async function made(key: Once | null = null, earlier: JobRow | null = null) {
  const at = await rig();
  const home = {
    about: { pubkey: BUYER },
    read: <Found>(ask: (store: typeof at.at.store) => Promise<Found>) => ask(at.at.store),
    submitJob: (job: Parameters<typeof at.api.submitJob>[0]) => at.api.submitJob(job, call()),
  } as unknown as HomeClient;
  const once = { key, earlier: () => Promise.resolve(earlier) } as unknown as JobOnce;
  return {
    make: (plan: PlannedJob) => makeJob(home, CONFIG, plan, FLAGS, once, () => NOW_MS),
    quoteOf: ({ eventId }: JobRow) => at.at.store.quoteOf(eventId),
    jobs: () => at.at.store.listJobs({ role: "buyer", limit: 9 }),
    [Symbol.asyncDispose]: () => at[Symbol.asyncDispose](),
  };
}

Deno.test("makeJob() makes the same request of the same second a job of its own, dated a second later and paid at the announced price", async () => {
  await using home = await made();
  const quote = { quote: { mode: "upfront", condition: "c".repeat(64) }, bytes: PLAIN };
  const plan = await planned({ quote: quote as unknown as PlannedJob["quote"] });
  const first = await home.make(plan);
  const second = await home.make(plan);
  assert.deepEqual([first.existing, second.existing], [false, false]);
  assert.equal(first.row.eventId, plan.built.eventId);
  const [one, two] = [first, second].map(({ row }) =>
    JSON.parse(new TextDecoder().decode(row.request))
  );
  assert.equal(two.created_at, one.created_at + 1);
  const expiry = (request: { readonly tags: readonly string[][] }) =>
    Number(request.tags.find(([name]) => name === "expiration")![1]);
  assert.equal(expiry(two), expiry(one) + 1);
  assert.deepEqual(two.content, one.content);
  assert.notEqual(second.row.eventId, first.row.eventId);
  assert.equal((await home.jobs()).length, 2);
  const quotes = await Promise.all([first, second].map(({ row }) => home.quoteOf(row)));
  assert.deepEqual(quotes.map((each) => each?.quote ?? null), [PLAIN, null]);
});

for (const mode of ["on-delivery", "metered"] as const) {
  Deno.test(`makeJob() of a job ${mode}, which needs its quote, rejects with busy instead`, async () => {
    await using home = await made();
    const plan = await planned();
    await home.make(plan);
    const quote = { quote: { mode }, bytes: null } as unknown as PlannedJob["quote"];
    await assert.rejects(
      home.make({ ...plan, depositUnits: 100n, quote }),
      { name: "CommandError", code: "busy" },
    );
    assert.equal((await home.jobs()).length, 1);
  });
}

Deno.test("makeJob() returns the job that the same command made at the same moment", async () => {
  const plan = await planned();
  const key = { key: "k", content: "c", sinceMs: 0 };
  await using home = await made(key);
  const { row } = await home.make(plan);
  await using other = await made(key, row);
  await other.make(plan);
  assert.deepEqual(await other.make(plan), { row, existing: true });
  assert.equal((await other.jobs()).length, 1);
});

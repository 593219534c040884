/**
 * Measures a market at work, and audits its books: 5,000 sandboxed jobs of 100 kinds, bought from ten providers, each with a home, keys and
 * a channel of its own. At the end nothing may be lost, open, or paid twice, and what was paid must be what was earned.
 *
 * @module
 */
import assert from "node:assert/strict";
import { devHome, run } from "./dev_home.ts";
import type { Figure } from "./figures.ts";
import { type Buyer, openBuyer } from "./jobs.ts";

const PROVIDERS = 10;
const KINDS = 100;
const FIRST_KIND = 5_800;
const JOBS = 5_000;
const IN_FLIGHT = 64;

/** One run only, because it takes minutes. */
export const benches = { name: "books", maxRuns: 1, run: books };

async function books(): Promise<Figure[]> {
  await using dev = await devHome(["--providers", `${PROVIDERS}`, "--jobs", "4"]);
  await sellKinds(dev.folder);
  await using buyer = await openBuyer(dev.folder);
  const { providers } = dev.up;
  await untilSold(buyer, providers);
  const startMs = performance.now();
  const times = await buyAll(buyer, providers);
  const elapsedMs = performance.now() - startMs;
  await audit(dev.folder, buyer, providers);
  const at = (share: number) => times[Math.min(JOBS - 1, Math.floor(JOBS * share))];
  const name = `${JOBS} sandboxed jobs of ${KINDS} kinds, ${PROVIDERS} channels`;
  return [
    { name, value: JOBS * 1_000 / elapsedMs, unit: "jobs/s" },
    { name: `${name}, p50`, value: at(0.5), unit: "ms" },
    { name: `${name}, p99`, value: at(0.99), unit: "ms" },
  ];
}

/** A skill that answers requests of all kinds with their input. */
async function sellKinds(folder: string): Promise<void> {
  const kinds = Array.from({ length: KINDS }, (_, at) => FIRST_KIND + at);
  const skill = `${folder}/bench-kinds`;
  await Deno.mkdir(skill);
  await Deno.writeTextFile(
    `${skill}/SKILL.md`,
    "---\nname: bench-kinds\ndescription: Repeats its input. Use in a bench.\nlicense: MIT\nmetadata: {crosstown: skill.toml}\n---\n",
  );
  await Deno.writeTextFile(
    `${skill}/skill.toml`,
    `kinds = [${kinds}]
types = ["bench-kinds"]
[price]
flat_units = 1000
[run]
runner = "command"
command = ["cat"]
`,
  );
  await run(folder, ["skill", "approve", skill]);
}

/** Waits until every provider has announced the skill and done a first job. */
async function untilSold(buyer: Buyer, providers: readonly string[]): Promise<void> {
  const deadlineMs = performance.now() + 120_000;
  for (const provider of providers) {
    for (;;) {
      try {
        await bought(buyer, provider, FIRST_KIND);
        break;
      } catch (error) {
        if (performance.now() > deadlineMs) throw error;
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    }
  }
}

async function bought(buyer: Buyer, provider: string, kind: number): Promise<void> {
  const input = crypto.randomUUID();
  const row = await buyer.job(input, provider, kind);
  assert.equal(row.status, "success", `job ${row.jobId}: ${row.errorCode} ${row.errorMessage}`);
}

/** Buys all jobs, a bounded number at once; each provider and each kind in turn. Returns their times, ascending. */
async function buyAll(buyer: Buyer, providers: readonly string[]): Promise<number[]> {
  const times: number[] = [];
  let next = 0;
  const one = async () => {
    for (let at = next++; at < JOBS; at = next++) {
      const startMs = performance.now();
      const kind = FIRST_KIND + Math.floor(at / PROVIDERS) % KINDS;
      await bought(buyer, providers[at % PROVIDERS], kind);
      times.push(performance.now() - startMs);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, one));
  return times.sort((a, b) => a - b);
}

/** What `payments stats` tells of one home. */
interface Stats {
  readonly payments: number;
  readonly paid_units: string;
  readonly written_bytes: number;
  readonly units_per_byte: number;
  readonly earnings: number;
  readonly earned_units: string;
  readonly in_doubt: { readonly payments: number; readonly earnings: number };
}

/** Throws if a job, a payment or a unit is missing or there twice. */
async function audit(folder: string, buyer: Buyer, providers: readonly string[]): Promise<void> {
  const stats = async (home: string): Promise<Stats> =>
    JSON.parse(await run(folder, ["payments", "stats", "--output", "json", "--home", home]));
  const own = await stats(folder);
  const homes = providers.map((_, at) => `${folder}/dev/provider${at === 0 ? "" : `-${at + 1}`}`);
  const theirs = await Promise.all(homes.map(stats));
  const all = JOBS + PROVIDERS;
  // Each job is two payments: the relay's write and the provider's price.
  assert.deepEqual([own.payments, own.in_doubt.payments], [2 * all, 0]);
  assert.deepEqual(theirs.map(({ earnings }) => earnings), providers.map(() => all / PROVIDERS));
  assert.ok(theirs.every(({ in_doubt }) => in_doubt.earnings === 0));
  const earned = theirs.reduce((sum, { earned_units }) => sum + BigInt(earned_units), 0n);
  const written = BigInt(own.written_bytes) * BigInt(own.units_per_byte);
  assert.equal(BigInt(own.paid_units), written + earned);
  const jobs = await buyer.home.store.listJobs({ role: "buyer", limit: all + 1 });
  assert.equal(jobs.length, all);
  assert.equal(new Set(jobs.map(({ eventId }) => eventId)).size, all);
  for (const home of [folder, ...homes]) {
    const { problems } = JSON.parse(
      await run(folder, ["state", "check", "--output", "json", "--home", home]),
    );
    assert.deepEqual(problems, []);
  }
}

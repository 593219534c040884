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
import { quantile, timesOf } from "./many_jobs.ts";
import { sellCommand, untilSold } from "./skill_for_sale.ts";

const PROVIDERS = 10;
const KINDS = 100;
const FIRST_KIND = 5_800;
const JOBS = 5_000;
const IN_FLIGHT = 64;

/** One run only, because it takes minutes. */
export const benches = { name: "books", maxRuns: 1, run: books };

async function books(): Promise<Figure[]> {
  await using dev = await devHome(["--providers", `${PROVIDERS}`, "--jobs", "4"]);
  const kinds = Array.from({ length: KINDS }, (_, at) => FIRST_KIND + at);
  await sellCommand(dev.folder, { name: "bench-kinds", kinds, command: ["cat"] });
  await using buyer = await openBuyer(dev.folder);
  const { providers } = dev.up;
  for (const provider of providers) await untilSold(() => bought(buyer, provider, FIRST_KIND));
  const startMs = performance.now();
  const times = await buyAll(buyer, providers);
  const elapsedMs = performance.now() - startMs;
  await audit(dev.folder, buyer, providers);
  const name = `${JOBS} sandboxed jobs of ${KINDS} kinds, ${PROVIDERS} channels`;
  return [
    { name, value: JOBS * 1_000 / elapsedMs, unit: "jobs/s" },
    { name: `${name}, p50`, value: quantile(times, 0.5), unit: "ms" },
    { name: `${name}, p99`, value: quantile(times, 0.99), unit: "ms" },
  ];
}

async function bought(buyer: Buyer, provider: string, kind: number): Promise<void> {
  const input = crypto.randomUUID();
  const row = await buyer.job(input, provider, kind);
  assert.equal(row.status, "success", `job ${row.jobId}: ${row.errorCode} ${row.errorMessage}`);
}

/** Buys all jobs, a bounded number at once; each provider and each kind in turn. Returns their times, ascending. */
function buyAll(buyer: Buyer, providers: readonly string[]): Promise<number[]> {
  return timesOf(JOBS, IN_FLIGHT, async (at) => {
    const kind = FIRST_KIND + Math.floor(at / PROVIDERS) % KINDS;
    await bought(buyer, providers[at % PROVIDERS], kind);
  });
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

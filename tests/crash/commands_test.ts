/**
 * The commands as users run them: buyer's command, buyer's daemon and provider are killed at a moment that the seed
 * determines, and the same command is repeated until it ends. The place in the program is not known; crash_test.ts
 * kills at named places.
 */
import assert from "node:assert/strict";
import { killQuietly } from "../e2e/alive.ts";
import { devHome, type Document, spent, until } from "../e2e/process.ts";
import { isLong } from "../long.ts";
import { randomOf } from "./schedule.ts";

/**
 * `deno task long` runs all of them; in these four, the command is killed, the daemon, and the provider, once and twice, with a daemon
 * and without one.
 */
const SEEDS = isLong ? [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] : [1, 3, 4, 6];
const SCHEDULES = SEEDS.length;

type Home = Awaited<ReturnType<typeof devHome>>;

Deno.test(`job submit, its daemon and the provider are killed at ${SCHEDULES} moments; each job is done and paid once`, async () => {
  await using home = await devHome();
  const paid = new Map<string, bigint>();
  for (const seed of SEEDS) {
    const random = randomOf(seed);
    const mayor = random(3) === 0;
    if (mayor) await home.json(["mayor", "up", "--detach"]);
    const text = `schedule ${seed}`;
    const args = ["job", "submit", "echo", "--input", text, "--wait"];
    for (let kills = 1 + random(2); kills > 0; kills--) {
      const buyer = home.start(args);
      await Promise.race([
        buyer.ended,
        new Promise((resolve) => setTimeout(resolve, random(2_500))),
      ]);
      const victim = random(mayor ? 3 : 2);
      if (victim === 1) await killProvider(home);
      if (victim === 2) await killMayor(home);
      killQuietly(buyer.pid);
      await buyer.ended;
    }
    const job = await untilDone(home, args);
    assert.deepEqual([job.status, job.result.content], ["success", text], `seed ${seed}`);
    if (mayor) await home.json(["mayor", "down"]);
    paid.set(job.job_id, BigInt(job.paid_units));
  }
  const { jobs } = await home.json(["job", "list"]);
  const done = jobs.filter(({ status }: Document) => status === "success");
  assert.equal(done.length, SCHEDULES, "a job was done twice");
  for (const { job_id: id, status } of jobs) {
    if (status === "success") continue;
    // One that was refused because its provider was away is another one when it is asked for again.
    assert.equal(status, "refused", id);
    paid.set(id, await paidFor(home, id));
  }
  const sum = [...paid.values()].reduce((a, b) => a + b, 0n);
  assert.equal((await spent(home)).buyer, sum, "something else was paid than the jobs");
  const trail = await home.json(["payments", "verify"]);
  assert.equal(trail.ok, true, JSON.stringify(trail));
});

async function paidFor(home: Home, jobId: string): Promise<bigint> {
  return BigInt((await home.json(["job", "status", jobId])).paid_units);
}

/** Repeats the same command, as a person would, until it ends by itself. */
async function untilDone(home: Home, args: readonly string[]): Promise<Document> {
  return await until("the job's end", async () => {
    const { code, stdout } = await home.run([...args, "--output", "json"]);
    return code === 0 ? JSON.parse(stdout) : null;
  });
}

async function killProvider(home: Home): Promise<void> {
  const own = { home: `${home.path}/dev/provider` };
  const { code, stdout } = await home.run(["node", "status", "--output", "json"], own);
  if (code === 0) killQuietly(JSON.parse(stdout).pid);
}

/** The supervisor of the daemon starts it again. */
async function killMayor(home: Home): Promise<void> {
  const { pid } = await home.json(["mayor", "status"]);
  killQuietly(pid);
  await until("the daemon's restart", async () => {
    const { code, stdout } = await home.run(["mayor", "status", "--output", "json"]);
    return code === 0 && JSON.parse(stdout).pid !== pid;
  });
}

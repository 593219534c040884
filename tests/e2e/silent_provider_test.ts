/** A provider that was paid and stays silent, over the real network: another one does its job, and its late answer is counted. */
import assert from "node:assert/strict";
import { devLayout, devProviders } from "../../network/dev/layout.ts";
import { faultsOf } from "../commands/json_schemas.ts";
import { isAlive } from "./alive.ts";
import { type Document, startMayor, testHome, until } from "./process.ts";

const SKILL = new URL("../../fixtures/skills/word-count", import.meta.url).pathname;
const WORDS = ["word-count", "--kind", "5650", "--input", "three little words"];
/** Runs for longer than any test. */
const BUSY = ["busy-count", "--kind", "5657", "--input", "x"];

/** A copy of the skill with these changes. */
async function skill(path: string, changes: readonly (readonly [string, string])[]) {
  await Deno.mkdir(path, { recursive: true });
  for (const { name } of Deno.readDirSync(SKILL)) {
    const text = await Deno.readTextFile(`${SKILL}/${name}`);
    const changed = changes.reduce((now, [from, to]) => now.replace(from, to), text);
    await Deno.writeTextFile(`${path}/${name}`, changed);
  }
  return path;
}

/** The processes of this home, and of no other whose path begins alike: grep takes each argument and variable as a line of its own. */
async function processesOfHome(path: string): Promise<number[]> {
  const script =
    'grep -lsaxzF -e "$1" -e "--home=$1" -e "GASTOWN_HOME=$1" /proc/[0-9]*/environ /proc/[0-9]*/cmdline';
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script, "sh", path] }).output();
  const files = new TextDecoder().decode(stdout).matchAll(/^\/proc\/(\d+)\//gm);
  const found = [...new Set([...files].map(([, pid]) => Number(pid)))];
  // The shell and grep themselves name the folder, and are gone by now.
  const alive = await Promise.all(found.map(isAlive));
  return found.filter((_, at) => alive[at]);
}

Deno.test("a job whose paid provider is silent is done by the next one within the bid, and the late answer changes nothing", async () => {
  await using home = await testHome();
  const folder = await Deno.makeTempDir();
  try {
    const { providers } = await home.json(
      ["dev", "up", "--detach", "--providers", "2", "--jobs", "1"],
      { timeoutMs: 120_000 },
    );
    await startMayor(home);
    const [one, other] = devProviders(devLayout(home.path), 2).map(({ home: path }) => path);
    const dear = await skill(`${folder}/word-count`, [["flat_units = 100", "flat_units = 9000"]]);
    const busy = await skill(`${folder}/busy-count`, [
      ["name: word-count", "name: busy-count"],
      ["[5650]", "[5657]"],
      ["timeout_s = 10", "timeout_s = 900"],
      ["const event:", "await new Promise((go) => setTimeout(go, 900_000));\nconst event:"],
    ]);
    await home.json(["skill", "approve", SKILL, "--home", one]);
    await home.json(["skill", "approve", busy, "--home", one]);
    await home.json(["skill", "approve", dear, "--home", other]);
    const planned = async (args: readonly string[]) =>
      (await home.run(["job", "submit", ...args, "--dry-run"])).code === 0;
    await until(
      "the announcements",
      async () =>
        await planned([...WORDS, "--provider", providers[0]]) &&
        await planned([...WORDS, "--provider", providers[1]]) && await planned(BUSY),
    );

    // The only place of the first provider is taken, so a further job waits there.
    const held: Document = await home.json(["job", "submit", ...BUSY, "--timeout", "900"]);
    await until(
      "the first job to run",
      async () => (await home.json(["job", "status", held.job_id])).status === "processing",
    );
    const order = ["job", "submit", ...WORDS, "--bid", "0.2", "--timeout", "100", "--again"];
    const paused = await processesOfHome(one);
    assert.ok(paused.length > 0, "the first provider's process");
    let id = "";
    // On a busy machine its quote may come too late; then the other one is paid, and does the job at once. Or it says that the job waits,
    // two seconds after its payment, before it is stopped.
    for (let tries = 0; id === ""; tries++) {
      assert.ok(tries < 8, "the first provider is paid, and stopped before it says anything");
      const made: Document = await home.json(order);
      if (made.provider !== providers[0]) continue;
      for (const pid of paused) Deno.kill(pid, "SIGSTOP");
      const { status } = await home.json(["job", "status", made.job_id, "--refresh"]);
      if (status === "paid") id = made.job_id;
      else for (const pid of paused) Deno.kill(pid, "SIGCONT");
    }
    const job = await home.json(["job", "wait", id]);
    assert.deepEqual([job.status, job.provider], ["success", providers[1]]);
    assert.deepEqual(job.result.content, '{"words":3}\n');
    const [tried, ...more] = job.tried;
    assert.deepEqual(more, []);
    assert.deepEqual([tried.provider, tried.code], [providers[0], "silent"]);
    assert.ok(BigInt(tried.paid_units) > 0n, "it keeps its payment");
    assert.ok(BigInt(job.paid_units) + BigInt(tried.paid_units) <= 200_000n, "within the bid");

    // Now it comes to the job that it was paid for. It is not told, because that would cost a write.
    for (const pid of paused) Deno.kill(pid, "SIGCONT");
    await home.json(["job", "cancel", held.job_id]);
    const late: Document = await until("its late answer", async () => {
      const shown: Document = await home.json(["job", "status", id]);
      // If the machine is slow, the time of the job is over, and it says so.
      const dropped = ["dropped_result", "dropped_feedback"];
      return shown.answers.some(({ outcome }: Document) => dropped.includes(outcome)) && shown;
    });
    assert.deepEqual(faultsOf("job", late), []);
    assert.deepEqual([late.status, late.provider, late.result.event_id], [
      "success",
      providers[1],
      job.result.event_id,
    ]);
    assert.equal(late.paid_units, job.paid_units, "nothing more is paid");
    const [answer] = late.answers;
    assert.equal(answer.pubkey, providers[0]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

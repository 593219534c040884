import assert from "node:assert/strict";
import { openHome } from "../../../mod.ts";
import { type Document, spent } from "../process.ts";
import { home } from "./no_daemon.ts";

const ECHO = ["job", "submit", "echo", "--wait", "--input"];

/** The amount that the buyer's connector booked meanwhile. */
async function paidMeanwhile(work: () => Promise<void>): Promise<string> {
  const before = (await spent(home)).buyer;
  await work();
  return String((await spent(home)).buyer - before);
}

async function jobs(): Promise<number> {
  return (await home.json(["job", "list", "--limit", "1000"])).jobs.length;
}

for (const mayor of [false, true]) {
  const how = mayor ? "over the daemon" : "over whichever holds the lock";
  Deno.test(`the same job submit four times at once, ${how}, is one job that is paid once`, async () => {
    if (mayor) await home.json(["mayor", "up", "--detach"]);
    const [text, before] = [`at once ${mayor}`, await jobs()];
    let all: Document[] = [];
    let paid: string;
    try {
      paid = await paidMeanwhile(async () => {
        all = await Promise.all([1, 2, 3, 4].map(() => home.json([...ECHO, text])));
      });
    } finally {
      if (mayor) await home.json(["mayor", "down"]);
    }
    assert.equal(new Set(all.map(({ job_id }) => job_id)).size, 1);
    assert.deepEqual(all.map(({ existing }) => existing).sort(), [false, true, true, true]);
    assert.deepEqual(all.map(({ result }) => result.content), [text, text, text, text]);
    assert.equal(await jobs(), before + 1);
    assert.equal(paid, all[0].paid_units);
  });
}

/** A job may be over before its command has told that it is paid: then another one is killed. */
const TRIES = 10;

for (const status of ["created", "posted", "paid|processing"]) {
  Deno.test(`a job submit killed when its job was ${status} finds that job when it is given again`, async () => {
    for (let tries = 1;; tries++) {
      const [text, before] = [`killed at ${status}, ${tries}`, await jobs()];
      let job: Document | null = null;
      const paid = await paidMeanwhile(async () => {
        const killed = home.start([...ECHO, text]);
        const found = await killed.seen(new RegExp(`(job-[0-9a-f]+): (?:${status})`))
          .catch((error) => {
            if (tries === TRIES) throw error;
            return null;
          });
        killed.kill("SIGKILL");
        await killed.ended;
        if (found === null) return;
        job = await home.json([...ECHO, text]) as Document;
        const { job_id: id, existing, result } = job;
        assert.deepEqual([id, existing, result.content], [found[1], true, text]);
      });
      if (job === null) continue;
      assert.equal(await jobs(), before + 1);
      assert.equal(paid, (job as Document).paid_units);
      return;
    }
  });
}

Deno.test("--again makes a new job, also twice in one second, and the same command finds the newest", async () => {
  const first = await home.json([...ECHO, "anew"]);
  const again = await Promise.all([1, 2].map(() => home.json([...ECHO, "anew", "--again"])));
  assert.deepEqual(again.map(({ existing }) => existing), [false, false]);
  assert.equal(new Set([first, ...again].map(({ job_id }) => job_id)).size, 3);
  const { stdout, stderr } = await home.run([...ECHO, "anew"]);
  assert.ok(again.some(({ job_id }) => stdout.includes(job_id)), stdout);
  assert.match(stderr, /the same command made this job \d+ s ago, --again makes a new one/);
});

Deno.test("--key finds its job again, and refuses another job", async () => {
  const keyed = (text: string, code = 0) =>
    home.json([...ECHO, text, "--key", "order-17"], { code });
  const first = await keyed("one");
  const second = await keyed("one");
  assert.deepEqual([second.job_id, second.existing], [first.job_id, true]);
  assert.equal((await keyed("two", 1)).error.code, "key_used");
  assert.equal((await home.json([...ECHO, "one", "--key", ""], { code: 2 })).error.code, "usage");
});

/** The environment of a program that uses this home. */
function ofHome(name: string): string | undefined {
  return { PATH: Deno.env.get("PATH"), HOME: home.path }[name];
}

Deno.test("openHome().submit() buys a job, and the same order gives the same job and pays nothing", async () => {
  const client = openHome({ home: home.path, network: "dev", env: ofHome });
  const order = { type: "echo", input: "from a program" };
  const job = await client.submit(order);
  assert.deepEqual([job.status, job.content, job.error], ["success", order.input, null]);
  assert.ok(job.paidUnits > 0n);
  const paid = await paidMeanwhile(async () => {
    assert.equal((await client.submit(order)).jobId, job.jobId);
    // A command finds it too: it is one home.
    assert.equal((await home.json([...ECHO, order.input])).job_id, job.jobId);
  });
  assert.equal(paid, "0");
  await assert.rejects(client.submit({ type: "nobody-knows-it" }), { name: "HomeError" });
});

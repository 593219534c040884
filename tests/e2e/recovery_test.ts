/** Disks that were lost: a job is paid, something is gone, it is recovered, and the next job is paid through the same channel. */
import assert from "node:assert/strict";
import { devHome, type Document, spent } from "./process.ts";

Deno.test("a home whose store, repository or both are gone is recovered, and continues paying", async (t) => {
  await using home = await devHome();
  const folder = `${home.path}/hooks/mayor-001/crosstown`;
  const remove = (...names: string[]) =>
    Promise.all(
      names.map((name) =>
        Deno.remove(`${folder}/${name}`, { recursive: true }).catch((error) => {
          if (!(error instanceof Deno.errors.NotFound)) throw error;
        })
      ),
    );
  const loseStore = () => remove("state.db", "state.db-wal", "state.db-shm");
  const channel = async (): Promise<Document> => (await home.json(["channel", "list"])).channels[0];
  const verify = async (): Promise<Document> => await home.json(["payments", "verify"]);
  const jobs: Document[] = [];

  /** Pays a job, once, by the connector's own figures. */
  async function pay(input: string): Promise<void> {
    const before = await spent(home);
    const job = await home.json(["job", "submit", "echo", "--input", input, "--wait"]);
    assert.equal(job.status, "success");
    const after = await spent(home);
    assert.equal(String(after.buyer - before.buyer), job.paid_units);
    jobs.push(job);
  }

  await pay("one");
  const first = await channel();

  await t.step("a repository is made again from the journal, whole", async () => {
    await Deno.writeTextFile(`${folder}/.git/HEAD`, "ref: refs/heads/nowhere\n").catch(() =>
      undefined
    );
    const { source, lost } = await home.json(["state", "recover", "--from", "journal"]);
    assert.deepEqual([source, lost], ["journal", []]);
    const { entries, commits, lines, behind } = await verify();
    assert.deepEqual([commits, lines, behind], [entries, entries, 0]);
  });

  await t.step("a store comes back from git and the log, and signs once it is proved", async () => {
    await loseStore();
    const recovered = await home.json(["state", "recover"]);
    assert.deepEqual([recovered.source, recovered.store], ["git", "missing"]);
    assert.deepEqual([recovered.rebuilt.channels, recovered.rebuilt.jobs], [1, 1]);
    const { status, nonce, signed_units } = recovered.channels[0];
    assert.deepEqual([status, nonce, signed_units], ["open", first.nonce, first.signed_units]);
    const [listed] = (await home.json(["job", "list"])).jobs;
    assert.deepEqual([listed.job_id, listed.status], [jobs[0].job_id, "success"]);
    assert.equal(
      BigInt(listed.amount_units) + BigInt(listed.write_units),
      BigInt(jobs[0].paid_units),
    );
    await pay("two");
    const { payments } = await home.json(["payments", "history"]);
    assert.deepEqual(
      [...new Set(payments.map(({ job_id }: Document) => job_id))],
      [jobs[1].job_id, jobs[0].job_id],
    );
    await verify();
  });

  await t.step("with nothing left, chain and counterparty give the channel back", async () => {
    const before = await channel();
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    await remove(...names);
    const recovered = await home.json(["state", "recover"]);
    assert.deepEqual([recovered.source, recovered.git], ["chain", "missing"]);
    assert.deepEqual(recovered.rebuilt, { channels: 0, jobs: 0, entries: 0 });
    const { channel_id, status, nonce, deposit_units } = recovered.channels[0];
    assert.deepEqual(
      [channel_id, status, nonce, deposit_units],
      [before.channel_id, "open", before.nonce, before.deposit_units],
    );
    await pay("three");
    await verify();
    const after = await channel();
    assert.equal(after.onchain_id, first.onchain_id);
    assert.equal(after.deposit_units, first.deposit_units);
  });
});

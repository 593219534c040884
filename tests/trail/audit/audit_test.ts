/** The audit on a real store and a real git: what a user sees in the repository, and that nothing is written twice. */
import { until } from "../../until.ts";
import assert from "node:assert/strict";
import {
  auditHome,
  channelChanges,
  follows,
  jobChange,
  LONG_MS,
  pay,
  subjects,
} from "./audit_home.ts";

Deno.test("audit: a payment, a channel's and a job's change are each a commit with the documented message", async () => {
  await using home = await auditHome();
  const audit = home.start();
  await home.store.commit(channelChanges());
  await home.store.commit([jobChange()]);
  await pay(home.store, 1);
  const { committed, logged, entries } = await audit.drain(LONG_MS);
  assert.deepEqual([entries, committed, logged], [4, 4, 4]);
  assert.deepEqual(await subjects(home), [
    "crosstown: audit trail begins",
    "crosstown: payment channel ch_11111111 opening",
    "crosstown: payment channel ch_cccccccc opened",
    "crosstown: job job-5abc123 created",
    "crosstown: payment channel ch_cccccccc balance updated",
  ]);
  const [last] = await home.store.listJournal({ limit: 1 });
  assert.equal(
    await home.git("log", "-1", "--format=%B"),
    [
      "crosstown: payment channel ch_cccccccc balance updated",
      "",
      "Previous: 50.000000 M2M",
      "Current: 49.991250 M2M",
      "Job ID: job-5abc123",
      "Payment: 0.008750 M2M (875 bytes x 10)",
      "",
      `Entry: 4 sha256:${last.hash}`,
      "Journal-Seq: 4",
      `Journal-Hash: ${last.hash}`,
      "",
      "",
    ].join("\n"),
  );
  await follows(home);
});

Deno.test("audit: git status is clean, fsck finds nothing, and files are the owner's alone", async () => {
  await using home = await auditHome();
  const audit = home.start();
  await home.store.commit(channelChanges());
  await home.store.commit([jobChange()]);
  await pay(home.store, 30);
  await audit.drain(LONG_MS);
  assert.equal(await home.git("status", "--porcelain"), "");
  assert.equal(await home.git("fsck", "--strict", "--no-dangling"), "");
  assert.match(await home.git("blame", "channels/ch_cccccccc.toml"), /balance_m2m = "49\.737500"/);
  assert.equal(await home.git("ls-files", "channels"), "channels/ch_cccccccc.toml\n");
  const modes = async (path: string) => (await Deno.stat(`${home.folder}/${path}`)).mode! & 0o777;
  assert.equal(await modes("channels/ch_cccccccc.toml"), 0o600);
  assert.equal(await modes("jobs/5a/job-5abc123.toml"), 0o600);
  assert.equal(await modes("payment_log.jsonl"), 0o600);
  for (const folder of [".git", "channels", "jobs", "jobs/5a"]) {
    assert.equal(await modes(folder), 0o700, folder);
  }
});

Deno.test("audit: a second run continues from the tip and adds nothing twice", async () => {
  await using home = await auditHome();
  await home.store.commit(channelChanges());
  await pay(home.store, 5);
  await home.start().drain(LONG_MS);
  await home.end();
  await pay(home.store, 5, 6);
  await home.reopen();
  const audit = home.start();
  await audit.drain(LONG_MS);
  await audit.drain(LONG_MS);
  await home.end();
  await home.start().drain(LONG_MS);
  await follows(home);
  assert.equal((await subjects(home)).length, 13);
});

Deno.test("audit: entries that come while it collects are written together; it may not rest meanwhile, and drain() ends the wait", async () => {
  await using home = await auditHome();
  const audit = home.start({ cycleMs: 600_000 });
  await home.store.commit(channelChanges());
  await pay(home.store, 1, 1);
  await until(async () => (await audit.status()).entries > 0);
  const { committed } = await audit.status();
  const packs = async () =>
    Number(/^packs: (\d+)$/m.exec(await home.git("count-objects", "-v"))![1]);
  const before = await packs();
  await pay(home.store, 1, 2);
  assert.deepEqual([committed, audit.mayRest()], [0, false]);
  await audit.drain(LONG_MS);
  assert.equal(audit.mayRest(), true);
  assert.equal(await packs(), before + 1);
  await follows(home);
});

Deno.test("audit: payments that keep coming are packed together, each a commit of its own", async () => {
  await using home = await auditHome();
  const audit = home.start({ cycleMs: 500 });
  await home.store.commit(channelChanges());
  for (let at = 1; at <= 40; at++) {
    await pay(home.store, 1, at);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  await audit.drain(LONG_MS);
  assert.equal(
    (await subjects(home)).filter((each) => each.endsWith("balance updated")).length,
    40,
  );
  const packs = Number(/^packs: (\d+)$/m.exec(await home.git("count-objects", "-v"))![1]);
  assert.ok(packs < 20, `${packs} packs`);
  await follows(home);
});

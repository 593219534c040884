import assert from "node:assert/strict";
import { M2M } from "../../../protocols/ilp/asset.ts";
import { paymentsCheck } from "../../../commands/doctor/payments_check.ts";
import { doubtsOf, jobFacts } from "../../../commands/job/job_facts.ts";
import { jobDocument, jobText } from "../../../commands/job/job_report.ts";
import type { Config } from "../../../config/config.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import type { JobRow } from "../../../store/job_row.ts";
import type { Change, OpenStore } from "../../../store/store.ts";
import { passOn, posted } from "../../store/store_failover.ts";
import { chainChannel, eventIdOf, hash, job, outgoing, payer } from "../../store/store_rows.ts";

const OPEN = hash("c");
const SETTLED = hash("d");
const ROW = job({ eventId: eventIdOf("5abc123"), status: "unknown", callbackSkill: null });

async function inHome(use: (config: Config, store: () => Promise<OpenStore>) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "crosstown-check-" });
  const opened: OpenStore[] = [];
  const config = {
    paths: { stateFolder: folder },
    profile: { asset: M2M },
  } as unknown as Config;
  try {
    await use(config, async () => {
      opened.push(await openSqliteStore({ folder, clock: () => 5_000 }));
      return opened[0];
    });
  } finally {
    for (const store of opened) await store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** A write that was answered, and two payments that were not, on a live and on a settled channel. */
async function paid(store: OpenStore): Promise<void> {
  await store.commit([
    { op: "putJob", row: ROW },
    { op: "putChannel", row: chainChannel({ ref: OPEN, channelId: OPEN, status: "open" }) },
    {
      op: "putChannel",
      row: chainChannel({ ref: SETTLED, channelId: SETTLED, status: "settled" }),
    },
    { op: "putPayerChannel", row: payer({ channelId: OPEN, signed: 700n, nonce: 2, spent: 100n }) },
    { op: "putPayerChannel", row: payer({ channelId: SETTLED, signed: 900n, nonce: 1 }) },
    {
      op: "putOutgoing",
      row: outgoing({ channelId: OPEN, obligation: `write:${ROW.eventId}`, state: "fulfilled" }),
    },
    {
      op: "putOutgoing",
      row: outgoing({ channelId: OPEN, nonce: 2, amount: 600n, obligation: `job:${ROW.eventId}` }),
    },
    {
      op: "putOutgoing",
      row: outgoing({ channelId: SETTLED, amount: 9n, obligation: "write:other" }),
    },
    {
      op: "recordAnswer",
      eventId: eventIdOf("1"),
      jobId: ROW.jobId,
      outcome: "foreign_provider",
      pubkey: "a".repeat(64),
      kind: 6600,
      atMs: 2_000,
    },
  ]);
}

/** A job whose first provider did not accept it: a write and a payment for each attempt, one of them answered, and another job's rows. */
async function passedOn(store: OpenStore): Promise<JobRow> {
  const before = await posted(store, { budgetUnits: null });
  await store.commit([passOn(before)]);
  const row = (await store.getJob(before.jobId, "buyer"))!;
  const packets = [
    { obligation: `write:${before.eventId}`, amount: 1n },
    { obligation: `job:${before.eventId}`, amount: 2n },
    { obligation: `job:${row.eventId}`, amount: 4n },
    { obligation: `write:${row.eventId}`, amount: 8n, state: "fulfilled" },
    { obligation: `job:${eventIdOf("f")}`, amount: 16n },
  ] as const;
  await store.commit([
    { op: "putPayerChannel", row: payer({ channelId: OPEN, signed: 31n, nonce: 5, spent: 8n }) },
    ...packets.map((packet, at): Change => ({
      op: "putOutgoing",
      row: outgoing({ channelId: OPEN, nonce: at + 1, ...packet }),
    })),
  ]);
  return row;
}

Deno.test("paymentsCheck() of a home without a store reports none yet, and makes none", async () => {
  await inHome(async (config) => {
    assert.deepEqual(await paymentsCheck(config), {
      name: "payments",
      status: "ok",
      message: "none yet",
      suggestion: null,
    });
    assert.deepEqual([...Deno.readDirSync(config.paths.stateFolder)], []);
  });
});

Deno.test("paymentsCheck() is ok if every payment was answered", async () => {
  await inHome(async (config, open) => {
    await open();
    const { status, message } = await paymentsCheck(config);
    assert.deepEqual([status, message], ["ok", "none in doubt, 0.00 M2M signed ahead"]);
  });
});

Deno.test("paymentsCheck() warns of payments without an answer, and names what did not count", async () => {
  await inHome(async (config, open) => {
    await paid(await open());
    const { status, message } = await paymentsCheck(config);
    assert.equal(status, "warn");
    assert.match(
      message,
      /^2 in doubt \(0\.000609 M2M\), 0\.0006 M2M signed ahead; .*1 foreign_provider$/,
    );
  });
});

Deno.test("jobFacts() names the open payments of providers that were asked before the job's own, and nobody else's", async () => {
  await inHome(async (_config, open) => {
    const store = await open();
    const row = await passedOn(store);
    const { in_doubt, in_doubt_units } = await jobFacts(store, row);
    assert.deepEqual(
      in_doubt.map(({ purpose, nonce }) => [purpose, nonce]),
      [["write", 1], ["job", 2], ["job", 3]],
    );
    assert.equal(in_doubt_units, 7n);
    assert.deepEqual(await doubtsOf(store, [], row), []);
  });
});

Deno.test("jobFacts() names the job's own open payments, what is signed ahead on live channels, and its answers", async () => {
  await inHome(async (_config, open) => {
    const store = await open();
    await paid(store);
    const facts = await jobFacts(store, ROW);
    assert.deepEqual(facts.in_doubt, [{
      purpose: "job",
      amount_units: 600n,
      channel_id: "ch_cccccccc",
      nonce: 2,
      since: "1970-01-01T00:00:01.000Z",
    }]);
    assert.deepEqual([facts.in_doubt_units, facts.exposure_units], [600n, 600n]);
    assert.deepEqual(facts.answers.map(({ outcome, count }) => [outcome, count]), [[
      "foreign_provider",
      1,
    ]]);
    const text = jobText({ ...jobDocument(ROW, null, 6_000), ...facts }, M2M);
    assert.match(
      text,
      /in doubt {2}0\.0006 M2M \(job\): sent again until answered, never paid twice/,
    );
    assert.match(text, /also came 1 foreign_provider/);
    const provided = await jobFacts(store, { ...ROW, role: "provider" });
    assert.deepEqual([provided.in_doubt, provided.answers], [[], []]);
  });
});

Deno.test("paymentsCheck() warns while the owner has paused buying or selling", async () => {
  await inHome(async (config, open) => {
    const store = await open();
    assert.equal((await paymentsCheck(config)).status, "ok");
    await store.commit([{ op: "pause", side: "selling", atMs: 0 }]);
    const { status, message, suggestion } = await paymentsCheck(config);
    assert.equal(status, "warn");
    assert.match(message, /^selling is paused since 1970-01-01T00:00:00Z; none in doubt/);
    assert.match(suggestion!, /node resume/);
    await store.commit([{ op: "pause", side: "selling", atMs: null }]);
    assert.equal((await paymentsCheck(config)).status, "ok");
  });
});

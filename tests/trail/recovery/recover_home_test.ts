/** What recovery rebuilds of a lost store. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { verifyHome } from "../../../trail/recovery/verify_home.ts";
import { checkState } from "../../../store/state_check.ts";
import { auditHome, jobChange, NOON_MS, pay } from "../audit/audit_home.ts";
import {
  chainChannel,
  CHANNEL,
  eventIdOf,
  hash,
  incoming,
  receiver,
} from "../../store/store_rows.ts";
import { auditedHome, drained } from "./audited_home.ts";
import {
  afterHarm,
  busyHome,
  entriesOf,
  FOREIGN_KEY,
  HOUR,
  known,
  line,
  PEER_KEY,
  removeStore,
  signedClaim,
} from "./busy_home.ts";

Deno.test("recoverHome() rebuilds channels, jobs, journal and sums of a lost store from git and the log", async () => {
  await using home = await busyHome();
  const before = {
    entries: await entriesOf(home.store),
    totals: await home.store.totals(),
    payer: await home.store.payerChannel(CHANNEL),
    job: await home.store.getJob("job-5abc123"),
  };
  const { rebuilt, setAside, lost } = await afterHarm(home, "git", removeStore);
  await home.reopen();
  const { store } = home;

  assert.deepEqual([rebuilt?.channels, rebuilt?.jobs, rebuilt?.entries], [
    1,
    2,
    before.entries.length,
  ]);
  assert.equal(setAside, null);
  const entries = await entriesOf(store);
  assert.deepEqual(entries.slice(0, -1).map(line), before.entries.map(line));
  const [{ type, outcome, channelId }] = entries.slice(-1);
  assert.deepEqual([type, outcome, channelId], ["channel", "recovering", "ch_cccccccc"]);
  for (const [at, { data, type }] of before.entries.entries()) {
    if (type === "job") assert.deepEqual(entries[at].data, known(data));
    if (type === "payment") assert.equal(entries[at].data.spent_units, data.spent_units);
  }

  const [channel] = await store.listChainChannels();
  assert.equal(channel.status, "recovering");
  assert.deepEqual(
    [channel.channelId, channel.depositUnits, channel.openedAtMs],
    [CHANNEL, 50_000_000n, NOON_MS],
  );
  assert.deepEqual(await store.payerChannel(CHANNEL), {
    ...before.payer,
    peer: channel.peerAddress,
  });
  assert.deepEqual(await store.receiverChannel(CHANNEL), {
    ...receiver({ credited: 90n, watermark: 3, spent: 40n }),
    peer: channel.peerAddress,
  });
  const { spentUnits, earnedUnits } = await store.totals();
  assert.deepEqual([spentUnits, earnedUnits], [
    before.totals.spentUnits,
    before.totals.earnedUnits,
  ]);

  const job = await store.getJob("job-5abc123");
  assert.deepEqual(
    { ...job, request: null, writeUnits: null },
    { ...before.job, request: null, writeUnits: null, updatedAtMs: NOON_MS + HOUR },
  );
  // The journal has the sum that the store of this test never made.
  assert.equal(job?.writeUnits, 43_750n);
  const other = await store.getJob("job-7700000");
  assert.deepEqual([other?.status, other?.errorCode], ["error", "state_lost"]);
  assert.ok(
    lost.some((words) => /^job-7700000: it was under way \(paid\)/.test(words)),
    lost.join("\n"),
  );
  assert.ok(lost.some((words) => /worth 90 units/.test(words)), lost.join("\n"));

  const checked = await checkState({ folder: home.folder });
  assert.deepEqual(checked.problems, []);
  await pay(store, 1, 6);
  await drained(home);
  const { difference, behind } = await verifyHome({ place: home.place, store, clock: Date.now });
  assert.deepEqual([difference, behind], [null, 0]);
});

for (
  const { ends, jobPaid } of [
    { ends: "sent", jobPaid: true },
    { ends: "paid", jobPaid: true },
    { ends: "unknown", jobPaid: true },
    { ends: "failed", jobPaid: false },
  ] as const
) {
  Deno.test(`recoverHome() keeps a job whose invoice ${ends} from paying another one: ${jobPaid}`, async () => {
    await using home = await auditedHome(1);
    const { store } = home;
    const eventId = eventIdOf("78");
    const key = { op: "moveInvoice", eventId, role: "buyer" } as const;
    await store.commit([
      jobChange({ eventId, role: "buyer", status: "quoted", amountUnits: 0n }),
      {
        op: "putInvoice",
        row: {
          eventId,
          role: "buyer",
          jobId: "job-7800000",
          invoice: "lnbcrt1",
          paymentHash: "ab".repeat(32),
          amountMsats: 21_000n,
          feesMsats: null,
          state: "due",
          code: null,
          preimage: null,
          expiresAtS: 100,
          atMs: NOON_MS,
          sentAtMs: null,
        },
      },
    ]);
    await store.commit([{ ...key, from: "due", patch: { state: "sent", sentAtMs: NOON_MS } }]);
    if (ends !== "sent") await store.commit([{ ...key, from: "sent", patch: { state: ends } }]);
    await drained(home);
    assert.match(await home.git("log", "--format=%B"), /^Payment: 21000 msats$/m);
    const { difference, behind } = await verifyHome({ place: home.place, store, clock: Date.now });
    assert.deepEqual([difference, behind], [null, 0]);
    await afterHarm(home, "git", removeStore);
    await home.reopen();
    assert.equal((await home.store.getJob("job-7800000"))?.jobPaid, jobPaid);
    assert.deepEqual((await checkState({ folder: home.folder })).problems, []);
  });
}

Deno.test("recoverHome() sets a damaged store aside and never deletes it", async () => {
  await using home = await busyHome();
  const { setAside } = await afterHarm(home, "git", async (folder) => {
    const file = await Deno.open(`${folder}/state.db`, { write: true });
    await file.seek(4_096 * 3, Deno.SeekMode.Start);
    await file.write(new Uint8Array(8_192).fill(0x55));
    file.close();
  });
  assert.ok(setAside?.startsWith(`${home.folder}/set-aside/`));
  assert.equal((await Deno.readFile(`${setAside}/state.db`))[4_096 * 3], 0x55);
  assert.equal((await Deno.stat(setAside!)).mode! & 0o777, 0o700);
  assert.equal((await Deno.stat(`${home.folder}/state.db`)).mode! & 0o777, 0o600);
  await home.reopen();
  assert.equal((await home.store.listChainChannels())[0].status, "recovering");
});

for (
  const { name, signedBy, kept } of [
    {
      name: "saves a claim of the other side out of a damaged store",
      signedBy: PEER_KEY,
      kept: true,
    },
    { name: "takes no claim that the other side did not sign", signedBy: FOREIGN_KEY, kept: false },
  ]
) {
  Deno.test(`recoverHome() ${name}`, async () => {
    await using home = await auditHome();
    const { claim, peerAddress } = await signedClaim(9, 700n, signedBy);
    await home.store.commit([{
      op: "putChannel",
      row: chainChannel({
        status: "open",
        channelId: CHANNEL,
        openedBlockHash: hash("2"),
        openedAtMs: 1,
        peerAddress,
      }),
    }]);
    const row = incoming({ nonce: 8, amount: 40n });
    const paid = receiver({ credited: 600n, watermark: 8, spent: 40n, bestClaim: claim });
    await home.store.commit([{ op: "putIncoming", row }, {
      op: "putReceiverChannel",
      row: { ...paid, spent: 0n },
    }]);
    await home.store.commit([
      { op: "putIncoming", row: { ...row, state: "fulfilled", answer: new Uint8Array([1]) } },
      { op: "putReceiverChannel", row: paid },
    ]);
    await drained(home);
    // Commits after the last drain; then pages of the journal are damaged.
    await home.store.commit([{
      op: "putReceiverChannel",
      row: { ...paid, credited: 700n, watermark: 9 },
    }]);
    const { lost } = await afterHarm(home, "git", (folder) => {
      using db = new DatabaseSync(`${folder}/state.db`);
      db.exec(
        "DROP TRIGGER journal_never_changes; UPDATE journal SET outcome = 'changed' WHERE seq = 1",
      );
      return Promise.resolve();
    });
    await home.reopen();
    const found = await home.store.receiverChannel(CHANNEL);
    assert.deepEqual(
      [found?.credited, found?.watermark, found?.spent, found?.bestClaim],
      kept ? [700n, 9, 40n, claim] : [600n, 8, 40n, null],
    );
    assert.equal(lost.some((words) => words.startsWith("the claim of")), !kept);
  });
}

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { asAddress } from "../../../protocols/evm/address.ts";
import { signBalanceProof } from "../../../protocols/evm/balance_proof.ts";
import { asChannelId } from "../../../protocols/evm/channel_id.ts";
import { encodeClaim } from "../../../protocols/evm/claim.ts";
import { loadSecp256k1 } from "../../../protocols/evm/secp256k1.ts";
import { examineHome } from "../../../trail/recovery/examine_home.ts";
import { recoverHome } from "../../../trail/recovery/recover_home.ts";
import { verifyHome } from "../../../trail/recovery/verify_home.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { checkState } from "../../../store/state_check.ts";
import type { JournalEntry, OpenStore } from "../../../store/store.ts";
import { type AuditHome, auditHome, jobChange, NOON_MS, pay } from "../audit/audit_home.ts";
import {
  chainChannel,
  CHANNEL,
  eventIdOf,
  hash,
  incoming,
  receiver,
} from "../../store/store_rows.ts";
import { auditedHome, drained } from "./audited_home.ts";

const HOUR = 3_600_000;
const PEER_KEY = new Uint8Array(32).fill(3);
const FOREIGN_KEY = new Uint8Array(32).fill(4);

/** A claim in the peer's name on the channel of these rows. */
async function signedClaim(nonce: number, transferredAmount: bigint, key: Uint8Array) {
  const secp = await loadSecp256k1();
  const { chainId, contract } = chainChannel();
  const tokenNetworkAddress = asAddress(contract);
  const channelId = asChannelId(CHANNEL);
  const peerAddress = secp.addressOf(PEER_KEY);
  const domain = { chainId, verifyingContract: tokenNetworkAddress };
  const signature = signBalanceProof(secp, domain, { channelId, nonce, transferredAmount }, key);
  const claim = encodeClaim({
    messageId: "m",
    timestamp: new Date(0).toISOString(),
    senderId: "peer",
    channelId,
    nonce,
    transferredAmount,
    signature,
    signerAddress: peerAddress,
    chainId,
    tokenNetworkAddress,
  });
  return { claim, peerAddress: peerAddress as string };
}

/** Five payments, one job that ended and one that did not, and something that was earned. */
async function busyHome(): Promise<AuditHome> {
  const home = await auditedHome(5);
  home.nowMs += HOUR;
  const other = eventIdOf("77");
  await home.store.commit([
    { op: "patchJob", jobId: "job-5abc123", role: "buyer", patch: { status: "success" } },
    jobChange({ eventId: other, role: "provider", status: "paid", provider: "f".repeat(64) }),
  ]);
  const row = incoming({ nonce: 3, amount: 40n, obligation: `job:${other}` });
  await home.store.commit([
    { op: "putIncoming", row },
    { op: "putReceiverChannel", row: receiver({ credited: 90n, watermark: 3 }) },
  ]);
  await home.store.commit([
    { op: "putIncoming", row: { ...row, state: "fulfilled", answer: new Uint8Array([1]) } },
    { op: "putReceiverChannel", row: receiver({ credited: 90n, watermark: 3, spent: 40n }) },
  ]);
  await drained(home);
  return home;
}

async function entriesOf(store: OpenStore): Promise<JournalEntry[]> {
  return await store.journalAfter(0, 10_000, 0);
}

/** The store ends, is changed by `harm`, and is recovered. */
async function afterHarm(
  home: AuditHome,
  source: "git" | "journal" | "chain",
  harm: (folder: string) => Promise<void>,
) {
  const { store, place } = home;
  await store.close();
  await harm(home.folder);
  const condition = await examineHome(place);
  assert.equal(condition.source, source, JSON.stringify(condition));
  return await recoverHome({ place, source, clock: () => home.nowMs + HOUR });
}

async function removeStore(folder: string): Promise<void> {
  for (const name of ["state.db", "state.db-wal", "state.db-shm"]) {
    await Deno.remove(`${folder}/${name}`).catch(() => undefined);
  }
}

/** The data of a file: only known fields. */
const known = (data: JournalEntry["data"]) =>
  Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null));

const line = ({ data: _, ...rest }: JournalEntry) => rest;

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

Deno.test("recoverHome() also applies lines of the log that never came into git", async () => {
  await using home = await busyHome();
  await home.git("config", "core.bare", "false");
  await pay(home.store, 1, 6);
  const [{ data: _, ...entry }] = (await entriesOf(home.store)).slice(-1);
  const { journalLine } = await import("../../../store/journal_row.ts");
  await Deno.writeTextFile(`${home.folder}/payment_log.jsonl`, `${journalLine(entry)}\n`, {
    append: true,
  });
  await afterHarm(home, "git", removeStore);
  await home.reopen();
  const entries = await entriesOf(home.store);
  assert.deepEqual(line(entries.at(-2)!), entry);
  assert.equal(entries.at(-2)!.data.spent_units, "52500");
  await drained(home);
  const { difference } = await verifyHome({
    place: home.place,
    store: home.store,
    clock: Date.now,
  });
  assert.equal(difference, null);
});

Deno.test("recoverHome() continues from git's end where the log is broken, and sets the log aside", async () => {
  await using home = await busyHome();
  const count = (await entriesOf(home.store)).length;
  const { rebuilt, setAside, lost } = await afterHarm(home, "git", async (folder) => {
    await removeStore(folder);
    const path = `${folder}/payment_log.jsonl`;
    const lines = (await Deno.readTextFile(path)).trimEnd().split("\n");
    await Deno.writeTextFile(path, `${lines.slice(0, -2).join("\n")}\n`);
  });
  assert.equal(rebuilt?.entries, 0);
  assert.match(lost[0], new RegExp(`the log ends at entry ${count - 2}, git at entry ${count}`));
  assert.ok(await Deno.stat(`${setAside}/payment_log.jsonl`));
  await home.reopen();
  const [first] = await entriesOf(home.store);
  assert.equal(first.seq, count + 1);
  await drained(home);
  const { difference, commits } = await verifyHome({
    place: home.place,
    store: home.store,
    clock: Date.now,
  });
  assert.deepEqual([difference, commits], [null, count + 1]);
  assert.deepEqual((await checkState({ folder: home.folder })).problems, []);
});

Deno.test("recoverHome() sets a damaged repository aside, and the audit makes it again from the journal", async () => {
  await using home = await busyHome();
  const count = (await entriesOf(home.store)).length;
  const { rebuilt, setAside } = await afterHarm(home, "journal", async (folder) => {
    const packs = `${folder}/.git/objects/pack`;
    for await (const { name } of Deno.readDir(packs)) {
      if (name.endsWith(".pack")) await Deno.remove(`${packs}/${name}`);
    }
  });
  assert.equal(rebuilt, null);
  assert.ok((await Deno.stat(setAside!)).isDirectory);
  await home.reopen();
  await drained(home);
  const { difference, commits } = await verifyHome({
    place: home.place,
    store: home.store,
    clock: Date.now,
  });
  assert.deepEqual([difference, commits], [null, count]);
});

Deno.test("recoverHome() uses the log and the files if both store and repository are gone", async () => {
  await using home = await busyHome();
  const count = (await entriesOf(home.store)).length;
  const { rebuilt } = await afterHarm(home, "chain", async (folder) => {
    await removeStore(folder);
    await Deno.remove(`${folder}/.git`, { recursive: true });
  });
  assert.deepEqual([rebuilt?.channels, rebuilt?.jobs, rebuilt?.entries], [1, 2, count]);
  await home.reopen();
  assert.equal((await home.store.listChainChannels())[0].status, "recovering");
  await drained(home);
  const { difference } = await verifyHome({
    place: home.place,
    store: home.store,
    clock: Date.now,
  });
  assert.equal(difference, null);
});

Deno.test("recoverHome() starts with an empty store if nothing is left", async () => {
  await using home = await busyHome();
  const { rebuilt } = await afterHarm(home, "chain", async (folder) => {
    await Deno.remove(folder, { recursive: true });
  });
  assert.deepEqual([rebuilt?.channels, rebuilt?.jobs, rebuilt?.entries], [0, 0, 0]);
  await home.reopen();
  assert.equal(await home.store.journalTip(), null);
});

for (
  const { name, text } of [
    { name: "no TOML", text: "channel_id = " },
    { name: "a nonce that is text", text: 'nonce = "5"' },
    { name: "a negative amount", text: 'deposit_units = "-5"' },
    { name: "a table", text: "[onchain_id]" },
    { name: "a status of no channel", text: 'status = "rich"' },
  ]
) {
  Deno.test(`recoverHome() names a channel's file that holds ${name}, and puts the rest back`, async () => {
    await using home = await busyHome();
    const { rebuilt, lost } = await afterHarm(home, "chain", async (folder) => {
      await removeStore(folder);
      await Deno.remove(`${folder}/.git`, { recursive: true });
      const path = `${folder}/channels/ch_cccccccc.toml`;
      const key = text.split(" ")[0];
      const before = await Deno.readTextFile(path);
      const after = before.split("\n").filter((each) => !each.startsWith(`${key} =`)).join("\n");
      await Deno.writeTextFile(path, `${text}\n${after}`);
    });
    assert.deepEqual([rebuilt?.channels, rebuilt?.jobs], [0, 2]);
    assert.ok(
      lost.some((words) => /^(channels\/ch_cccccccc\.toml|channel 0xc+): /.test(words)),
      lost.join("\n"),
    );
    await home.reopen();
  });
}

Deno.test("recoverHome() refuses while a process uses the home", async () => {
  await using home = await busyHome();
  const { place } = home;
  await assert.rejects(
    recoverHome({ place, source: "git", clock: Date.now }),
    { name: "StoreError", code: "locked" },
  );
});

Deno.test("examineHome() finds nothing lost in a whole home, and in one that never paid", async () => {
  await using home = await busyHome();
  assert.deepEqual(await examineHome(home.place), { store: "whole", git: "whole", source: null });
  const folder = await Deno.makeTempDir({ prefix: "ct-" });
  const store = await openSqliteStore({ folder, clock: Date.now, journal: true });
  await store.commit([{ op: "putChannel", row: chainChannel() }]);
  await store.close();
  assert.equal((await examineHome({ ...home.place, folder })).source, null);
  await Deno.remove(folder, { recursive: true });
});

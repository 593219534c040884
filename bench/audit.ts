/**
 * Measures audited payments: the real audit on a real journal, until every payment is a durable commit and a durable line. It compares with
 * `git commit` of the same file and message, as a simple program would do it.
 *
 * @module
 */
import { M2M } from "../protocols/ilp/asset.ts";
import { startAuditWork } from "../trail/audit/audit_work.ts";
import { entryMessage } from "../trail/audit/commit_message.ts";
import { stateFilesOf } from "../trail/audit/state_files.ts";
import { openSqliteStore } from "../store/sqlite_store.ts";
import type { JournalEntry } from "../store/journal_row.ts";
import type { Change, Store } from "../store/store.ts";
import type { Figure } from "./figures.ts";

const PAYMENTS = 20_000;
const PAYMENTS_A_COMMIT = 64;
const PLAIN = 100;
const ALONE = 50;
const NAMES = {
  chain: "evm:base:84532",
  connectorBtp: "btp+wss://connector.example.org:3000",
  relayUrl: "wss://relay.example.org",
  asset: M2M,
};

/** See {@link Figure}. */
export async function benches(): Promise<readonly Figure[]> {
  const folder = await Deno.makeTempDir({ prefix: "ct-bench-" });
  const path = Deno.env.get("PATH") ?? "";
  try {
    const store = await openSqliteStore({
      folder: `${folder}/home`,
      clock: Date.now,
      journal: true,
    });
    await store.commit(openChannel());
    const entries = await pay(store, 1, PLAIN);
    const plain = await plainly(`${folder}/plain`, path, entries);
    const audit = startAuditWork(
      { folder: `${folder}/home`, path, names: NAMES },
      { store },
      { clock: Date.now, log: () => undefined },
    );
    await audit.drain(60_000);
    const alone: number[] = [];
    for (let at = 0; at < ALONE; at++) {
      await pay(store, PLAIN + 1 + at, 1);
      const startMs = performance.now();
      await audit.drain(60_000);
      alone.push(performance.now() - startMs);
    }
    // A backlog is the hardest case, because only the audit works and never has to wait.
    await audit.close();
    await pay(store, PLAIN + ALONE + 1, PAYMENTS);
    const again = startAuditWork(
      { folder: `${folder}/home`, path, names: NAMES },
      { store },
      { clock: Date.now, log: () => undefined },
    );
    const startMs = performance.now();
    const { committed, logged, gitTrouble } = await again.drain(600_000);
    const rate = PAYMENTS * 1_000 / (performance.now() - startMs);
    await again.close();
    const tip = await store.journalTip();
    if (committed !== tip?.seq || logged !== tip.seq) {
      throw new Error(`audited ${committed} of ${tip?.seq}: ${gitTrouble?.message}`);
    }
    await store.close();
    alone.sort((a, b) => a - b);
    const aloneMs = alone[Math.floor(alone.length / 2)];
    return [
      {
        name: "audited payments, durable",
        value: rate,
        unit: "1/s",
        compare: { name: "git commit each", value: plain },
        ratio: rate / plain,
      },
      {
        name: "a payment alone, with working files, p50",
        value: aloneMs,
        unit: "ms",
        compare: { name: "git commit", value: 1_000 / plain },
        ratio: 1_000 / plain / aloneMs,
      },
    ];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A simple program: a file, a line in the log, a synced commit; commits per second. */
async function plainly(
  folder: string,
  path: string,
  entries: readonly JournalEntry[],
): Promise<number> {
  const git = async (...args: string[]) => {
    const { success, stderr } = await new Deno.Command("git", {
      args: ["-C", folder, "-c", "core.fsync=all", "-c", "gc.auto=0", ...args],
      clearEnv: true,
      env: {
        PATH: path,
        GIT_CONFIG_GLOBAL: "/dev/null",
        GIT_CONFIG_NOSYSTEM: "1",
        GIT_AUTHOR_NAME: "bench",
        GIT_AUTHOR_EMAIL: "bench@localhost",
        GIT_COMMITTER_NAME: "bench",
        GIT_COMMITTER_EMAIL: "bench@localhost",
      },
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
  };
  await Deno.mkdir(`${folder}/channels`, { recursive: true });
  await git("init", "--quiet");
  const startMs = performance.now();
  for (const entry of entries) {
    for (const { path, content } of stateFilesOf(entry, NAMES)) {
      await Deno.writeTextFile(`${folder}/${path}`, content ?? "");
    }
    await git("add", "channels");
    await git("commit", "--quiet", "--message", entryMessage(entry, NAMES));
  }
  return entries.length * 1_000 / (performance.now() - startMs);
}

const CHANNEL = `0x${"c".repeat(64)}`;

/** Pays this number of packets of 875 bytes; returns their entries. */
async function pay(store: Store, from: number, count: number): Promise<JournalEntry[]> {
  const before = (await store.journalTip())?.seq ?? 0;
  for (let nonce = from; nonce < from + count; nonce += PAYMENTS_A_COMMIT) {
    const some = Math.min(PAYMENTS_A_COMMIT, from + count - nonce);
    await store.commit(
      Array.from({ length: some }, (_, at) => payment(nonce + at)).flat(),
    );
  }
  return count > PLAIN ? [] : await store.journalAfter(before, count, 0);
}

function payment(nonce: number): Change[] {
  const spent = 8_750n * BigInt(nonce);
  const row = {
    channelId: CHANNEL,
    nonce,
    cumulative: spent,
    amount: 8_750n,
    claim: new Uint8Array(600),
    prepare: new Uint8Array(1_000),
    condition: new Uint8Array(32),
    obligation: `write:${String(nonce).padStart(64, "0")}`,
    state: "open" as const,
    expiresAtMs: 0,
    createdAtMs: 0,
    incoming: null,
    answer: null,
    about: { jobId: "job-5abc123", provider: null, kind: 5601, bytes: 875 },
    writtenOffAtMs: null,
  };
  return [
    { op: "putOutgoing", row, expect: "absent" },
    { op: "putOutgoing", row: { ...row, state: "fulfilled", answer: new Uint8Array(64) } },
    {
      op: "putPayerChannel",
      row: { channelId: CHANNEL, peer: "connector", signed: spent, nonce, spent, forfeit: 0n },
    },
  ];
}

/** A channel with a sufficient deposit. */
function openChannel(): Change[] {
  const [hash, address] = [
    (digit: string) => `0x${digit.repeat(64)}`,
    (digit: string) => `0x${digit.repeat(40)}`,
  ];
  return [{
    op: "putChannel",
    row: {
      ref: hash("1"),
      chainId: 84_532,
      genesisHash: hash("0"),
      contract: address("c"),
      channelId: CHANNEL,
      openedBlockHash: hash("2"),
      ownAddress: address("a"),
      peerAddress: address("b"),
      peerName: "connector",
      automatic: true,
      status: "open",
      settlementTimeoutS: 86_400,
      wantedUnits: 1_000_000_000n,
      depositUnits: 1_000_000_000n,
      claimedUnits: 0n,
      autoDepositedUnits: 0n,
      autoDepositAtMs: null,
      autoDeposits: 0,
      claimedAtMs: null,
      createdAtMs: 0,
      openedAtMs: 0,
      settleAtMs: null,
      halted: null,
      note: null,
    },
  }];
}

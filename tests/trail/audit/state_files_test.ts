/** The files of a repository are pinned: the journal data of a store's rows, the form of their files, and that the rows can be restored. */
import assert from "node:assert/strict";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { stateFilesOf } from "../../../trail/audit/state_files.ts";
import {
  channelOfFile,
  jobOfFile,
  readStateFile,
} from "../../../trail/recovery/state_file_rows.ts";
import {
  chainChannel,
  CHANNEL,
  eventIdOf,
  incoming,
  job,
  outgoing,
  payer,
  receiver,
} from "../../store/store_rows.ts";
import { NAMES } from "./audit_home.ts";

const PINNED = new URL("../../../fixtures/audit/state_files.txt", import.meta.url);
const OPEN = chainChannel({
  channelId: CHANNEL,
  status: "open",
  openedBlockHash: `0x${"d".repeat(64)}`,
  depositUnits: 50_000_000n,
  claimedUnits: 250n,
  claimedAtMs: 3_000,
  openedAtMs: 2_000,
  settleAtMs: 4_000,
  halted: "for a test",
});
const PROVIDED = job({
  role: "provider",
  eventId: eventIdOf("6def456"),
  provider: "e".repeat(64),
  callbackSkill: null,
  jobPaid: true,
});
const PAYER = payer({ signed: 9_000n, nonce: 2, spent: 8_750n, forfeit: 40n });
const RECEIVER = receiver({ credited: 500n, watermark: 3, spent: 300n });

/** Every file that each entry writes, in order. */
async function written(): Promise<string> {
  const folder = await Deno.makeTempDir();
  const store = await openSqliteStore({
    folder,
    clock: () => 5_000,
    journal: true,
    network: "dev",
  });
  try {
    await store.commit([{ op: "putJob", row: job() }]);
    await store.commit([{ op: "putJob", row: PROVIDED }]);
    await store.commit([{ op: "putChannel", row: chainChannel() }]);
    await store.commit([{ op: "putPayerChannel", row: PAYER }, {
      op: "putReceiverChannel",
      row: RECEIVER,
    }]);
    await store.commit([{ op: "putChannel", row: OPEN }]);
    const about = { jobId: job().jobId, provider: null, kind: 5601, bytes: 90 };
    const sent = outgoing({ obligation: `write:${job().eventId}`, about });
    await store.commit([{ op: "putOutgoing", row: sent, expect: "absent" }]);
    await store.commit([{
      op: "putOutgoing",
      row: { ...sent, state: "fulfilled", answer: new Uint8Array(1) },
    }]);
    const paid = incoming({ obligation: `job:${PROVIDED.eventId}` });
    await store.commit([{ op: "putIncoming", row: paid, expect: "absent" }]);
    await store.commit([{
      op: "putIncoming",
      row: { ...paid, state: "fulfilled", answer: new Uint8Array(1) },
    }]);
    const entries = await store.listJournal({ order: "oldest" });
    return entries.flatMap((entry) => stateFilesOf(entry, NAMES)).map(({ path, content }) =>
      `# ${path}\n${content ?? "(removed)\n"}`
    ).join("\n");
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("stateFilesOf() writes the rows of a store exactly as pinned", async () => {
  assert.equal(await written(), await Deno.readTextFile(PINNED));
});

Deno.test("the files of a repository can be read back as the rows that they were written from", async () => {
  const files = new Map(
    (await written()).split(/^# /m).slice(1).map((text) => {
      const end = text.indexOf("\n");
      return [text.slice(0, end), text.slice(end + 1)];
    }),
  );
  const channel = channelOfFile(readStateFile(files.get("channels/ch_cccccccc.toml")!));
  assert.deepEqual(channel, {
    // Fields that only the store had are as in a new row; a wish beyond the deposit is forgotten.
    row: { ...OPEN, wantedUnits: OPEN.depositUnits, note: null },
    payer: { ...PAYER, peer: OPEN.peerAddress },
    receiver: { ...RECEIVER, peer: OPEN.peerAddress },
  });
  const ended = readStateFile(
    files.get("jobs/5a/job-5abc123.toml")!.replace('"created"', '"success"'),
  );
  const known = { jobPaid: true, writeUnits: 90n };
  assert.deepEqual(jobOfFile(ended, known, 9_000, 8_000), {
    ...job({
      status: "success",
      updatedAtMs: 8_000,
      request: new Uint8Array(),
      callbackSkill: "ci-cd-callback",
    }),
    ...known,
  });
  const lost = jobOfFile(readStateFile(files.get("jobs/6d/job-6def456.toml")!), known, 9_000, null);
  assert.deepEqual([lost.role, lost.status, lost.errorCode], ["provider", "error", "state_lost"]);
});

/** A home with many jobs in flight as it is on the disk after a crash: copied files of an open store. */
import { openSqliteStore } from "../../store/sqlite_store.ts";
import type { Change } from "../../store/store.ts";
import { openJob, REQUEST_BYTES } from "../open_job.ts";

const CHANNEL = `0x${"c".repeat(64)}`;
/** The last jobs are in the outbox, and an open packet pays for them. */
export const PENDING = 64;
const PER_COMMIT = 500;

/** The id of a job's request; spread over the index like hashes. */
export function eventIdOf(number: number): string {
  return ((BigInt(number) * 0x9e3779b97f4a7c15n) % 2n ** 64n).toString(16).padStart(16, "0")
    .padEnd(64, "0");
}

/** The job's id, with enough digits for 100,000 jobs. */
export function jobIdOf(number: number): string {
  return `job-${eventIdOf(number).slice(0, 16)}`;
}

/** Makes the home in `folder`. */
export async function makeHome(folder: string, jobs: number): Promise<void> {
  const nowMs = Date.now();
  const store = await openSqliteStore({
    folder: `${folder}.open`,
    clock: () => nowMs,
    journal: true,
  });
  for (let from = 0; from < jobs; from += PER_COMMIT) {
    const numbers = Array.from({ length: Math.min(PER_COMMIT, jobs - from) }, (_, at) => from + at);
    await store.commit(numbers.flatMap((number) => changesOf(number, jobs, nowMs)));
  }
  await Deno.mkdir(folder, { recursive: true });
  for (const name of ["state.db", "state.db-wal"]) {
    await Deno.copyFile(`${folder}.open/${name}`, `${folder}/${name}`);
  }
  await store.close();
  await Deno.remove(`${folder}.open`, { recursive: true });
}

function changesOf(number: number, jobs: number, nowMs: number): Change[] {
  const eventId = eventIdOf(number);
  const jobId = jobIdOf(number);
  const pending = number >= jobs - PENDING;
  const createdAtMs = nowMs - (jobs - number);
  const row = openJob({
    jobId,
    eventId,
    status: pending ? "created" : "processing",
    callbackSkill: "ci-cd-callback",
    createdAtMs,
    updatedAtMs: createdAtMs,
    request: new Uint8Array(REQUEST_BYTES).fill(number & 0xff),
  });
  if (!pending) return [{ op: "putJob", row, expect: "absent" }];
  const nonce = number - (jobs - PENDING) + 1;
  const signed = 8_750n * BigInt(nonce);
  return [
    { op: "putJob", row, expect: "absent" },
    {
      op: "addOutbox",
      row: {
        jobId,
        purpose: "write",
        event: row.request,
        destination: "g.relay",
        terminalPubkey: "d".repeat(64),
        amountUnits: null,
        createdAtMs,
      },
    },
    {
      op: "putOutgoing",
      expect: "absent",
      row: {
        channelId: CHANNEL,
        nonce,
        cumulative: signed,
        amount: 8_750n,
        claim: new Uint8Array(400),
        prepare: new Uint8Array(REQUEST_BYTES + 200),
        condition: new Uint8Array(32),
        obligation: `write:${eventId}`,
        state: "open",
        expiresAtMs: createdAtMs + 30_000,
        createdAtMs,
        incoming: null,
        answer: null,
        about: { jobId, provider: null, kind: row.kind, bytes: REQUEST_BYTES },
        writtenOffAtMs: null,
      },
    },
    {
      op: "putPayerChannel",
      row: { channelId: CHANNEL, peer: "bench", signed, nonce, spent: 0n, forfeit: 0n },
    },
  ];
}

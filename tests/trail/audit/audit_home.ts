/** A state folder with a real store and its audit, and git as a user runs it. */
import { M2M } from "../../../protocols/ilp/asset.ts";
import assert from "node:assert/strict";
import { logText } from "./log_text.ts";
import { auditCommits } from "../../../trail/audit/read_repository.ts";
import { journalLine } from "../../../store/journal_row.ts";
import { startAuditWork } from "../../../trail/audit/audit_work.ts";
import type { AuditContext, AuditOptions } from "../../../trail/audit/audit_context.ts";
import type { Audit } from "../../../trail/audit/audit.ts";
import type { GitPlace } from "../../../trail/audit/git_command.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import type { Change, OpenStore, OutgoingPacketRow } from "../../../store/store.ts";
import type { Signer } from "../../../money/signer/signer.ts";
import { chainChannel, CHANNEL, hash, job, outgoing, payer } from "../../store/store_rows.ts";

export const NAMES = {
  chain: "evm:dev:31337",
  connectorBtp: "btp+ws://127.0.0.1:3000",
  relayUrl: "ws://127.0.0.1:4000",
  asset: M2M,
};

/** Longer than any step takes on a busy machine. */
export const LONG_MS = 120_000;

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface AuditHome extends AsyncDisposable {
  readonly folder: string;
  readonly place: GitPlace;
  readonly store: OpenStore;
  readonly lines: LogLine[];
  /** The store's time; 2026-02-17, noon, at first. */
  nowMs: number;
  /** How far the audit's clock is ahead of the real one. */
  aheadMs: number;
  start(options?: Partial<AuditOptions>, signer?: Pick<Signer, "signCheckpoint">): Audit;
  /** Ends the audits that were started. */
  end(): Promise<void>;
  /** Opens the store again. */
  reopen(): Promise<void>;
  /** Runs git as a user would in that folder; returns its output, throws if it fails. */
  git(...args: string[]): Promise<string>;
}

export const NOON_MS = Date.parse("2026-02-17T12:00:00Z");

export async function auditHome(): Promise<AuditHome> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "ct-audit-" }));
  const audits: Audit[] = [];
  const lines: LogLine[] = [];
  const place = { folder, path: Deno.env.get("PATH")! };
  const open = () => openSqliteStore({ folder, clock: () => home.nowMs, journal: true });
  const context: AuditContext = {
    clock: () => Date.now() + home.aheadMs,
    log: (level, msg, fields = {}) => void lines.push({ level, msg, fields }),
  };
  let store: OpenStore;
  const home = {
    folder,
    place,
    get store() {
      return store;
    },
    lines,
    nowMs: NOON_MS,
    aheadMs: 0,
    start(options: Partial<AuditOptions> = {}, signer?: Pick<Signer, "signCheckpoint">) {
      const audit = startAuditWork(
        { folder, path: place.path, names: NAMES, ...options },
        { store, signer },
        context,
      );
      audits.push(audit);
      return audit;
    },
    async end() {
      for (const audit of audits.splice(0)) await audit.close();
    },
    async reopen() {
      await store.close().catch(() => undefined);
      store = await open();
    },
    git: (...args: string[]) => userGit(folder, args),
    async [Symbol.asyncDispose]() {
      await home.end();
      await store.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
  store = await open();
  return home;
}

/** Git as a person runs it: no settings of ours. */
export async function userGit(folder: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("git", {
    args: ["-C", folder, ...args],
    env: {
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_AUTHOR_NAME: "User",
      GIT_AUTHOR_EMAIL: "user@example.org",
      GIT_COMMITTER_NAME: "User",
      GIT_COMMITTER_EMAIL: "user@example.org",
    },
    stdin: "null",
  }).output();
  const [out, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (code !== 0) throw new Error(`git ${args.join(" ")} exited ${code}: ${errors}`);
  return out;
}

/** A channel that is opened with 50 M2M: an entry each for opening and open. */
export function channelChanges(): Change[] {
  const row = chainChannel({ channelId: CHANNEL, openedBlockHash: hash("2") });
  return [
    { op: "putChannel", row: { ...row, channelId: null, openedBlockHash: null } },
    {
      op: "putChannel",
      row: { ...row, status: "open", depositUnits: 50_000_000n, openedAtMs: NOON_MS },
    },
    { op: "putPayerChannel", row: payer() },
  ];
}

/** Pays packets of 8,750 units from this nonce on, each in its own commit. */
export async function pay(store: OpenStore, count: number, from = 1): Promise<void> {
  for (let nonce = from; nonce < from + count; nonce++) await store.commit(payment(nonce));
}

/** One fulfilled packet of 875 bytes. */
export function payment(
  nonce: number,
  about: OutgoingPacketRow["about"] = {
    ...{ jobId: "job-5abc123", provider: null, kind: 5601, bytes: 875 },
  },
): Change[] {
  const spent = 8_750n * BigInt(nonce);
  const row = outgoing({
    nonce,
    amount: 8_750n,
    cumulative: spent,
    obligation: `write:${String(nonce).padStart(64, "0")}`,
    about,
  });
  return [
    { op: "putOutgoing", row, expect: "absent" },
    { op: "putOutgoing", row: { ...row, state: "fulfilled", answer: new Uint8Array([3]) } },
    { op: "putPayerChannel", row: payer({ signed: spent, nonce, spent }) },
  ];
}

/** A job that is made. */
export function jobChange(over: Parameters<typeof job>[0] = {}): Change {
  return { op: "putJob", row: job(over) };
}

/** Commits of the branch, oldest first. */
export async function subjects(home: AuditHome): Promise<string[]> {
  return (await home.git("log", "--reverse", "--format=%s", "main")).trimEnd().split("\n");
}

/** Every entry has one commit and one line, in order. */
export async function follows(
  home: Pick<AuditHome, "folder" | "place" | "store">,
): Promise<void> {
  const entries = await home.store.journalAfter(0, 10_000, 0);
  const committed = [];
  for await (const { entry } of auditCommits(home.place)) if (entry !== null) committed.push(entry);
  assert.deepEqual(committed, entries.map(({ seq, hash }) => ({ seq, hash })));
  const lines = (await logText(home.folder)).map(({ text }) => text);
  assert.deepEqual(lines, entries.map(journalLine));
}

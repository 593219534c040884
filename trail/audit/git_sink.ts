/**
 * The repository as a follower's sink: one commit for each entry, and separate commits for sealed days and checkpoints.
 *
 * @module
 */
import { codeOf, messageOf } from "../../base/thrown.ts";
import type { JournalEntry } from "../../store/journal_row.ts";
import type { AuditContext } from "./audit_context.ts";
import type { SignedCheckpoint } from "./checkpointing.ts";
import { keepingMessage } from "./commit_message.ts";
import { entryCommit, type TrailCommit } from "./commit_stream.ts";
import type { Sink } from "./follower.ts";
import type { GitPlace } from "./git_command.ts";
import { createGitTrail, type TrailTip } from "./git_trail.ts";
import { dayOf, isPast, sealedDays } from "./payment_log.ts";
import { cleanRepository } from "./repository.ts";
import { committedFiles, committedText } from "./read_repository.ts";
import type { AuditNames } from "./state_files.ts";
import { stateFilesOnDisk } from "./state_folder.ts";
import type { WorkFiles } from "./work_files.ts";
import { readPlainBytes } from "../../base/files/plain_file.ts";

/** The repository. See the module. */
interface GitSink extends Sink {
  readonly files: Pick<WorkFiles, "waiting" | "edited">;
  /** Null while it is not open. */
  readonly tip: TrailTip | null;
  /** The entry of the newest committed checkpoint; 0 for none. */
  readonly checkpointSeq: number;
  /** Tells it that the payment log sealed a day. */
  daySealed(): void;
  /** Commits sealed days that the repository lacks, and removes those that are too old. */
  commitSealedDays(): Promise<void>;
  commitCheckpoint(checkpoint: SignedCheckpoint): Promise<void>;
  /** Writes the working files; false if they must be tried again. */
  refresh(): Promise<boolean>;
}

/** Makes the sink for the repository of a folder. */
export function gitSink(options: {
  readonly place: GitPlace;
  readonly names: AuditNames;
  readonly context: AuditContext;
}): GitSink {
  const { place, names, context: { clock, log } } = options;
  const sealedFolder = `${place.folder}/payment_log`;
  const trail = createGitTrail({
    place,
    clock,
    log,
    inherited: () => stateFilesOnDisk(place.folder),
  });
  // An earlier process may have sealed days without committing them.
  let mayLackDays = true;
  let newestAtMs = 0;
  let reported = "";
  let checkpointSeq = 0;

  return {
    get files() {
      return trail.files;
    },
    get tip() {
      return trail.tip;
    },
    get checkpointSeq() {
      return checkpointSeq;
    },
    async open() {
      mayLackDays = true;
      const { commit, journal } = await trail.open();
      const kept = seqOf(await committedText(place, commit, "checkpoint.json"));
      // A checkpoint after the end of its own history is not ours.
      checkpointSeq = kept > (journal?.seq ?? 0) ? 0 : kept;
      return journal;
    },
    async take(entries: readonly JournalEntry[]) {
      await trail.commit(entries.map((entry) => () => entryCommit(entry, names)));
      newestAtMs = entries.at(-1)!.atMs;
    },
    close: () => trail.close(),
    daySealed() {
      mayLackDays = true;
    },
    async commitSealedDays() {
      const { tip } = trail;
      if (!mayLackDays || tip === null) return;
      mayLackDays = false;
      const files = await committedFiles(place, tip.commit, "payment_log");
      const committed = new Set(files.map(({ path }) => path));
      const commits: TrailCommit[] = [];
      const commit = (subject: string, files: TrailCommit["files"]) =>
        commits.push({
          message: keepingMessage(subject, [], tip.journal),
          files,
          atS: Math.floor((newestAtMs || clock()) / 1_000),
          journal: null,
        });
      for (const day of await sealedDays(sealedFolder)) {
        const path = `payment_log/${day}.jsonl.gz`;
        if (committed.has(path)) continue;
        const content = await readPlainBytes(`${place.folder}/${path}`);
        commit(`payment log ${day} sealed`, [{ path, content }]);
      }
      for (const path of committed) {
        const day = /(\d{4}-\d\d-\d\d)\.jsonl\.gz$/.exec(path)?.[1];
        if (day === undefined || newestAtMs === 0 || !isPast(day, dayOf(newestAtMs))) continue;
        commit(`payment log ${day} removed`, [{ path, content: null }]);
      }
      if (commits.length > 0) await trail.commit(commits.map((each) => () => each));
    },
    async commitCheckpoint(checkpoint) {
      await trail.commit([() => ({
        message: keepingMessage("checkpoint", [
          ["Signed By", checkpoint.pubkey],
          ["Commit", checkpoint.commit],
        ], { seq: checkpoint.seq, hash: checkpoint.hash }),
        files: [{ path: "checkpoint.json", content: checkpointText(checkpoint) }],
        atS: Math.floor(checkpoint.atMs / 1_000),
        journal: null,
      })]);
      checkpointSeq = checkpoint.seq;
    },
    async refresh() {
      const { tip, files } = trail;
      if (tip === null) return true;
      try {
        await files.refresh(tip.commit);
      } catch (error) {
        const code = codeOf(error);
        if (code === "broken") throw error;
        // A killed git process leaves the index locked. Once the lock is old, nobody holds it.
        if (code === "git_locked") await cleanRepository(place, clock);
        // Commits continue; the files are tried again with the next ones.
        log("debug", "working files lag behind", { reason: messageOf(error) });
      }
      const edited = files.edited.join(" ");
      const done = files.waiting === 0;
      if (edited === reported) return done;
      reported = edited;
      if (edited !== "") {
        log("warn", "files of the audit were edited and are left as they are", { files: edited });
      }
      return done;
    },
  };
}

/** The entry of a checkpoint's text; 0 if it is malformed. */
function seqOf(text: string | null): number {
  try {
    const seq = JSON.parse(text ?? "").seq;
    return Number.isSafeInteger(seq) ? seq : 0;
  } catch {
    return 0;
  }
}

function checkpointText({ seq, hash, commit, signature, pubkey, atMs }: SignedCheckpoint): string {
  const time = new Date(atMs).toISOString();
  return `${JSON.stringify({ seq, hash, commit, signature, pubkey, time }, null, 2)}\n`;
}

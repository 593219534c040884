/**
 * The branch, with one commit for each entry. A cycle counts when the branch's file contains the hash that git returned. Otherwise the
 * import ends, and the next opening continues from the branch's tip, even if that is a user's commit.
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import { reached } from "../../base/crash_point.ts";
import type { Log } from "../../base/log/log.ts";
import { AuditError } from "./audit_error.ts";
import type { JournalPlace } from "./audit_commit.ts";
import { keepingMessage } from "./commit_message.ts";
import { streamOf, type TrailCommit } from "./commit_stream.ts";
import { type FastImport, startFastImport } from "./fast_import.ts";
import { BRANCH, type GitPlace } from "./git_command.ts";
import { auditTip, hasRepository } from "./read_repository.ts";
import {
  cleanRepository,
  countPacks,
  IGNORE_FILE,
  isWhole,
  joinPacks,
  makeRepository,
  setAside,
} from "./repository.ts";
import { createWorkFiles, type WorkFiles } from "./work_files.ts";
import { readPlainText } from "../../base/files/plain_file.ts";

/** The end of the branch. */
export interface TrailTip {
  readonly commit: string;
  /** The last entry in it; null if there is none. */
  readonly journal: JournalPlace | null;
}

/** The branch. See the module. */
interface GitTrail {
  readonly files: WorkFiles;
  /** Null while it is not open. */
  readonly tip: TrailTip | null;
  /** Prepares the repository; creates it again if necessary. Throws AuditError. */
  open(): Promise<TrailTip>;
  /**
   * Makes these commits durable, in order, each made when git accepts it; returns the last one's hash. If it throws AuditError, the branch
   * is closed.
   */
  commit(commits: readonly (() => TrailCommit)[]): Promise<string>;
  /** Ends git properly. */
  close(): Promise<void>;
}

/** Options of the branch. */
interface TrailOptions {
  readonly place: GitPlace;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly log: Log;
  /** Packs are joined when there are more than this number; default 50. */
  readonly maxPacks?: number;
  /** Files of an earlier repository with which a new one starts. */
  readonly inherited: () => Promise<TrailCommit["files"]>;
}

/** A user commits now and then, but not each time that we do. */
const MAX_MOVED = 3;

/** Makes a trail that is not open yet. */
export function createGitTrail(options: TrailOptions): GitTrail {
  const { place, clock, log, maxPacks = 50 } = options;
  let files = createWorkFiles(place);
  let tip: TrailTip | null = null;
  let running: FastImport | null = null;
  let mark = 0;
  let packs = 0;
  // After a failure the repository may be damaged, so it is checked before anything is added.
  let suspect = false;
  let movedInRow = 0;

  async function drop(): Promise<void> {
    tip = null;
    const ended = running;
    running = null;
    await ended?.kill();
  }

  async function readTip(): Promise<TrailTip | null> {
    const found = await auditTip(place);
    return found && { commit: found.commit, journal: found.ours?.journal ?? null };
  }

  /** The tip of an intact repository. A damaged one is set aside first. */
  async function soundTip(): Promise<TrailTip | null> {
    if (!await hasRepository(place)) return null;
    try {
      if (!suspect || await isWhole(place)) return await readTip();
    } catch (error) {
      const doubtful = error instanceof AuditError && ["broken", "git_failed"].includes(error.code);
      if (!doubtful || await isWhole(place)) throw error;
    }
    const to = await setAside(place, clock);
    log("warn", "the audit's repository is damaged: it is set aside and made again", { kept: to });
    files = createWorkFiles(place);
    return null;
  }

  async function begin(): Promise<TrailTip> {
    await makeRepository(place);
    const inherited = await options.inherited();
    await append([() => ({
      message: keepingMessage("audit trail begins", [], null),
      files: [{ path: ".gitignore", content: IGNORE_FILE }, ...inherited],
      atS: Math.floor(clock() / 1_000),
      journal: null,
    })], false);
    log("info", "the audit's repository was made", { folder: place.folder });
    return tip!;
  }

  async function append(makers: readonly (() => TrailCommit)[], onTip: boolean): Promise<string> {
    const commits: TrailCommit[] = [];
    const made = makers.map((make) => () => {
      const commit = make();
      commits.push(commit);
      return commit;
    });
    const fresh = running === null;
    running ??= startFastImport(place);
    const hash = await running.checkpoint(streamOf(made, ++mark, fresh && onTip), mark);
    const held = await readPlainText(`${place.folder}/.git/${BRANCH}`).catch(() => "");
    if (held.trim() !== hash) {
      throw await notMoved();
    }
    reached("audit.committed");
    packs++;
    movedInRow = 0;
    const journal = commits.findLast((each) => each.journal !== null)?.journal;
    tip = { commit: hash, journal: journal ?? tip?.journal ?? null };
    for (const { files: changed } of commits) {
      for (const { path, content } of changed) files.note(path, content);
    }
    return hash;
  }

  /** Why git did not move the branch. */
  async function notMoved(): Promise<AuditError> {
    const lock = await Deno.lstat(`${place.folder}/.git/${BRANCH}.lock`).catch(() => null);
    if (lock !== null) return new AuditError("git_locked", "another git holds the branch");
    return movedInRow++ < MAX_MOVED
      ? new AuditError("moved", "somebody else committed meanwhile")
      : new AuditError("git_failed", "git does not move the branch");
  }

  return {
    get files() {
      return files;
    },
    get tip() {
      return tip;
    },
    async open() {
      await drop();
      try {
        await cleanRepository(place, clock);
        const found = await soundTip();
        packs = found === null ? 0 : await countPacks(place);
        mark = 0;
        tip = found ?? await begin();
        await files.compare(tip.commit);
        suspect = false;
        return tip;
      } catch (error) {
        await drop();
        throw error;
      }
    },
    async commit(commits) {
      try {
        if (tip === null) throw new AuditError("git_failed", "the repository is not open");
        if (packs > maxPacks) {
          await running?.end();
          running = null;
          await joinPacks(place);
          packs = await countPacks(place);
        }
        return await append(commits, true);
      } catch (error) {
        if (!["moved", "git_locked"].includes(codeOf(error) ?? "")) suspect = true;
        await drop();
        throw error;
      }
    },
    async close() {
      tip = null;
      const ended = running;
      running = null;
      await ended?.end();
    },
  };
}

/**
 * The audit's part of `doctor`: how far the repository is behind the journal, why, and which of its files a person changed.
 *
 * @module
 */
import { AUDIT_CURSOR, AUDIT_TROUBLE_CURSOR, type AuditTrouble } from "../../trail/audit/audit.ts";
import { AuditError, type AuditErrorCode } from "../../trail/audit/audit_error.ts";
import { type GitPlace, gitText } from "../../trail/audit/git_command.ts";
import { auditTip, hasRepository } from "../../trail/audit/read_repository.ts";
import { lstatOrNull } from "../../base/files/missing.ts";
import type { Config } from "../../config/config.ts";
import { isLockHeld } from "../../store/lock.ts";
import type { Check } from "./check.ts";
import { describeFailure } from "../../shell/errors.ts";
import { hasStore, readStore } from "../../shell/home/read_store.ts";

const WHAT_TO_DO: Readonly<Partial<Record<AuditErrorCode, string>>> = {
  git_missing: "install git; the audit then catches up automatically",
  full: "make room on the disk; the audit then catches up automatically",
  git_locked: "end the git process that runs in the state folder",
  forked: "run 'crosstown state recover'",
};
const LOOK = "see 'crosstown logs'; the audit tries again automatically";
const SHOWN_FILES = 3;
const LOG = "payment_log.jsonl";

/** Runs the check. It changes nothing. */
export async function auditCheck(config: Config, path: string): Promise<Check> {
  const { stateFolder } = config.paths;
  try {
    if (!await hasStore(config)) return good("nothing was journaled in this home yet");
    const { entries, trouble, told } = await journalOf(config);
    if (entries === 0) return good("nothing was journaled in this home yet");
    const place: GitPlace = { folder: stateFolder, path };
    const found = await hasRepository(place) ? await auditTip(place) : null;
    const committed = found?.ours?.journal?.seq ?? 0;
    if (trouble !== null) {
      const since = new Date(trouble.sinceMs).toISOString();
      return warn(
        `${
          behind(entries, committed)
        }, in trouble since ${since}: ${trouble.message}; payments go on`,
        WHAT_TO_DO[trouble.code] ?? LOOK,
      );
    }
    if (committed < Math.min(told, entries)) {
      return warn(
        `${
          behind(entries, committed)
        }, and there were more: the repository was changed by somebody else`,
        "run 'crosstown payments verify'; the audit adds what is missing when it runs next",
      );
    }
    // It is emptied when a day is sealed, and never removed.
    if (committed > 0 && await lstatOrNull(`${stateFolder}/${LOG}`) === null) {
      return warn(
        `${LOG} in ${stateFolder} is missing: somebody removed it`,
        "'crosstown mayor up' or the next command that pays writes it again from the journal; 'crosstown payments verify' compares them",
      );
    }
    const edited = await editedFiles(place);
    if (edited.length > 0) {
      const some = edited.slice(0, SHOWN_FILES).join(", ");
      const more = edited.length > SHOWN_FILES ? ` and ${edited.length - SHOWN_FILES} more` : "";
      return warn(
        `${some}${more} in ${stateFolder} ${
          edited.length === 1 ? "was" : "were"
        } edited and left so`,
        `restore the committed version with 'git -C ${stateFolder} checkout HEAD -- .'`,
      );
    }
    if (committed >= entries) {
      return good(`all ${entries} entries are committed, ${found!.commit.slice(0, 12)}`);
    }
    return await isLockHeld(`${stateFolder}/state.lock`)
      ? good(`${behind(entries, committed)} by the process at work`)
      : warn(
        behind(entries, committed),
        "'crosstown mayor up' or the next command that pays commits them",
      );
  } catch (error) {
    if (error instanceof AuditError) {
      return warn(`${error.message}; payments go on`, WHAT_TO_DO[error.code] ?? LOOK);
    }
    const { message, suggestion } = describeFailure(error);
    return { name: "audit", status: "fail", message, suggestion };
  }
}

function behind(entries: number, committed: number): string {
  const waiting = Math.max(0, entries - committed);
  return `${waiting} of ${entries} entries ${waiting === 1 ? "waits" : "wait"} to be committed`;
}

async function journalOf(config: Config) {
  await using store = await readStore(config);
  const text = await store.cursor(AUDIT_TROUBLE_CURSOR);
  return {
    entries: (await store.journalTip())?.seq ?? 0,
    told: Number(await store.cursor(AUDIT_CURSOR) ?? 0),
    trouble: text === null || text === "" ? null : JSON.parse(text) as AuditTrouble,
  };
}

/**
 * Files of the history whose content somebody else changed. A process that ended between writing a file and entering it into git's index
 * leaves one that differs from the index, but is as the newest commit has it.
 */
async function editedFiles(place: GitPlace): Promise<string[]> {
  const text = await gitText(place, [
    "status",
    "--porcelain=v1",
    "-z",
    "--no-renames",
    "--untracked-files=no",
  ]);
  const changed = text.split("\0").filter((line) => /^.[MDT]/.test(line)).map((line) =>
    line.slice(3)
  );
  if (changed.length === 0) return [];
  const differs = await gitText(place, [
    "diff",
    "--name-only",
    "--no-ext-diff",
    "--no-renames",
    "-z",
    "HEAD",
  ]);
  const fromCommit = new Set(differs.split("\0"));
  return changed.filter((path) => fromCommit.has(path));
}

function good(message: string): Check {
  return { name: "audit", status: "ok", message, suggestion: null };
}

function warn(message: string, suggestion: string): Check {
  return { name: "audit", status: "warn", message, suggestion };
}

/**
 * Pushes the branch to a remote repository, as a backup that nobody here can change: the holder of the key can rewrite local files, but not
 * what was pushed. It pushes at most once a minute. If the remote fails, it tries less and less often, down to once an hour.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import type { AuditContext } from "./audit_context.ts";
import { BRANCH, type GitPlace, runGit } from "./git_command.ts";

/** The backup. See the module. */
interface Push {
  /** Starts a push of the branch if one is due and the remote lacks this commit. Does not wait for it. */
  consider(commit: string): void;
  /** Ends a push in progress. */
  stop(): Promise<void>;
}

const EVERY_MS = 60_000;
const MAX_EVERY_MS = 3_600_000;
const TIMEOUT_MS = 300_000;

/**
 * For a folder of this machine, git itself is the receiver and uses the settings of that repository. These options prevent that a setting
 * runs a program. (Our own settings do not reach the receiver, because git clears them.) `true` names no alternates.
 */
const LOCAL_RECEIVER = `--receive-pack=git ${
  [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.alternateRefsCommand=true",
    "receive.denyCurrentBranch=refuse",
    "receive.autogc=false",
    "gc.auto=0",
    "maintenance.auto=false",
  ].map((setting) => `-c ${setting}`).join(" ")
} receive-pack`;

/** Makes a push to this remote: an ssh or https address, or the absolute path of a folder. */
export function createPush(place: GitPlace, remote: string, { clock, log }: AuditContext): Push {
  const stopping = new AbortController();
  let pushed = "";
  let nextAtMs = 0;
  let intervalMs = EVERY_MS;
  let running: Promise<void> | null = null;

  async function push(commit: string): Promise<void> {
    try {
      // Never with force: a remote with another history keeps it.
      await runGit(place, [
        "-c",
        "protocol.ext.allow=never",
        "-c",
        "core.sshCommand=ssh -o BatchMode=yes",
        "push",
        "--quiet",
        "--no-verify",
        ...(remote.startsWith("/") ? [LOCAL_RECEIVER] : []),
        "--",
        remote,
        `${commit}:${BRANCH}`,
      ], { timeoutMs: TIMEOUT_MS, signal: stopping.signal });
      if (intervalMs > EVERY_MS) log("info", "the audit's backup is up to date again");
      pushed = commit;
      intervalMs = EVERY_MS;
    } catch (error) {
      if (stopping.signal.aborted) return;
      if (intervalMs === EVERY_MS) {
        log("warn", "the audit's backup cannot be pushed", { reason: messageOf(error) });
      }
      intervalMs = Math.min(intervalMs * 2, MAX_EVERY_MS);
    } finally {
      nextAtMs = clock() + intervalMs;
      running = null;
    }
  }

  return {
    consider(commit) {
      if (running !== null || commit === pushed || clock() < nextAtMs) return;
      running = push(commit);
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/**
 * Runs git in our repository: fixed settings, an empty environment, no configuration of user or machine, no hooks, no prompts, limited
 * time. The repository is named explicitly, so that git never searches the folders above.
 *
 * @module
 */
import { AuditError, codeOfText } from "./audit_error.ts";

/** A repository, and where git is found. */
export interface GitPlace {
  /** The folder of the working files; the repository is `.git` in it. Absolute. */
  readonly folder: string;
  /** `PATH` for git. */
  readonly path: string;
}

/** Options of one command. */
interface GitOptions {
  /** Its standard input. */
  readonly stdin?: Uint8Array;
  /** Default 60,000. */
  readonly timeoutMs?: number;
  /** Stops it. */
  readonly signal?: AbortSignal;
}

/** The branch of all commits. */
export const BRANCH = "refs/heads/main";

/** The committer is this program, not the user that git knows. */
export const COMMITTER = "crosstown <crosstown@localhost>";

const FIXED = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.untrackedCache=false",
  "core.autocrlf=false",
  "core.attributesFile=/dev/null",
  "core.excludesFile=/dev/null",
  "core.quotePath=false",
  "core.fsync=all",
  "core.fsyncMethod=fsync",
  "core.logAllRefUpdates=false",
  // Each cycle stays one pack. Loose objects would be four files and four syncs for each payment.
  "fastimport.unpackLimit=1",
  "gc.auto=0",
  "gc.autoDetach=false",
  "maintenance.auto=false",
  "pack.threads=1",
  "credential.helper=",
  "commit.gpgSign=false",
  "log.showSignature=false",
  "advice.detachedHead=false",
].flatMap((setting) => ["-c", setting]);

/** Arguments, environment and folder of a git command. */
export function gitCommand({ folder, path }: GitPlace, args: readonly string[]) {
  return {
    args: [`--git-dir=${folder}/.git`, `--work-tree=${folder}`, ...FIXED, ...args],
    cwd: folder,
    clearEnv: true,
    env: {
      PATH: path,
      HOME: "/nonexistent",
      LC_ALL: "C",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_ATTR_NOSYSTEM: "1",
      GIT_TERMINAL_PROMPT: "0",
      GIT_OPTIONAL_LOCKS: "0",
      GIT_NO_REPLACE_OBJECTS: "1",
      GIT_DEFAULT_HASH: "sha1",
      GIT_DEFAULT_REF_FORMAT: "files",
      GIT_AUTHOR_NAME: "crosstown",
      GIT_AUTHOR_EMAIL: "crosstown@localhost",
      GIT_COMMITTER_NAME: "crosstown",
      GIT_COMMITTER_EMAIL: "crosstown@localhost",
      // git compresses each object with newly allocated memory. By default, the C library of Linux returns it to the system each time,
      // which costs git as much as its own work.
      MALLOC_TRIM_THRESHOLD_: "4194304",
    },
  } as const;
}

/** Starts git with pipes on all three streams. Throws AuditError `git_missing`, or `unreachable` if the folder is missing. */
export function spawnGit(place: GitPlace, args: readonly string[]): Deno.ChildProcess {
  try {
    return new Deno.Command("git", {
      ...gitCommand(place, args),
      args: [...gitCommand(place, args).args],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (cause) {
    throw startFailure(place, cause);
  }
}

/** Runs a command to its end; returns its standard output. Throws AuditError. */
export async function runGit(
  place: GitPlace,
  args: readonly string[],
  options: GitOptions = {},
): Promise<Uint8Array> {
  const child = spawnGit(place, args);
  const { timeoutMs = TIMEOUT_MS, signal } = options;
  const kill = () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has already ended.
    }
  };
  const timer = setTimeout(kill, timeoutMs);
  signal?.addEventListener("abort", kill, { once: true });
  try {
    const fed = feed(child.stdin, options.stdin);
    const [stdout, stderr, status] = await Promise.all([
      new Response(child.stdout).bytes(),
      new Response(child.stderr).text(),
      child.status,
      fed,
    ]);
    if (!status.success) throw gitFailure(args, status, stderr);
    return stdout;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", kill);
  }
}

/** The same, as text. */
export async function gitText(
  place: GitPlace,
  args: readonly string[],
  options?: GitOptions,
): Promise<string> {
  return new TextDecoder().decode(await runGit(place, args, options));
}

/** The error of a git command that failed. */
export function gitFailure(
  args: readonly string[],
  { code, signal }: Pick<Deno.CommandStatus, "code" | "signal">,
  stderr: string,
): AuditError {
  const lines = stderr.trim().split("\n").map((line) => line.trim()).filter(Boolean);
  const words = lines.find((line) => /^(fatal|error|BUG)/.test(line)) ?? lines.at(-1) ?? "";
  const how = signal === null ? `exited ${code}` : `was ended by ${signal}`;
  const said = words.slice(0, MAX_WORDS);
  return new AuditError(
    codeOfText(stderr) ?? "git_failed",
    `git ${args[0]} ${how}${said === "" ? "" : `: ${said}`}`,
  );
}

const TIMEOUT_MS = 60_000;
const MAX_WORDS = 300;

function startFailure({ folder }: GitPlace, cause: unknown): AuditError {
  if (!(cause instanceof Deno.errors.NotFound)) {
    return new AuditError("unreachable", "git cannot be started", { cause });
  }
  // The system reports a missing working folder in the same way.
  return isFolder(folder)
    ? new AuditError("git_missing", "git is not on the PATH", { cause })
    : new AuditError("unreachable", "the state folder is not there", { cause });
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(`${path}/.`).isDirectory;
  } catch (error) {
    // Without permission to look, the folder may exist.
    return !(error instanceof Deno.errors.NotFound);
  }
}

async function feed(stdin: WritableStream<Uint8Array>, bytes?: Uint8Array): Promise<void> {
  const writer = stdin.getWriter();
  try {
    if (bytes !== undefined && bytes.length > 0) await writer.write(bytes);
    await writer.close();
  } catch {
    // git closed its standard input; its exit code says why.
  }
}

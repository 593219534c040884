/**
 * Makes a git bundle of what a buyer has: of a repository's HEAD, or of a folder that is none. The buyer's repository is only
 * read; what has to be written goes to a temporary one.
 *
 * @module
 */
import { InputError } from "./input_error.ts";

/** A bundle and what it is of. */
export interface Bundle {
  /** The bundle. */
  readonly bytes: Uint8Array;
  /** Its HEAD, in hex. */
  readonly commit: string;
  /** False where the history was left out to keep it small; the commit is then one made for the purpose. */
  readonly history: boolean;
  /** Changes that are not committed, and so not in it. */
  readonly uncommitted: number;
}

/** What is needed to make one. */
export interface BundleOptions {
  /** Absolute path or name of git. */
  readonly git: string;
  /** `PATH` for git. */
  readonly path: string;
  /** The largest bundle wanted; above it the history is left out. */
  readonly limitBytes: number;
}

const OUTPUT_BYTES = 256 << 20;

/** The root of the repository that a folder is; null when it is a folder within one, or none. */
export async function repositoryRoot(folder: string, options: BundleOptions): Promise<boolean> {
  try {
    const prefix = decode(await git(["-C", folder, "rev-parse", "--show-prefix"], options));
    return prefix.trim() === "";
  } catch (error) {
    if (error instanceof InputError && error.code === "git_failed") return false;
    throw error;
  }
}

/** Bundles HEAD of a repository, without its history where that does not fit. Throws InputError `git_failed`, `git_missing`. */
export async function bundleRepository(folder: string, options: BundleOptions): Promise<Bundle> {
  const at = ["-C", folder];
  const commit = decode(await git([...at, "rev-parse", "--verify", "HEAD^{commit}"], options))
    .trim();
  const status = decode(await git([...at, "status", "--porcelain", "-z"], options));
  const uncommitted = status.split("\0").filter((line) => /^[ MADRCU?]{2} /.test(line)).length;
  const whole = await git([...at, "bundle", "create", "--quiet", "-", "HEAD"], options);
  if (whole.length <= options.limitBytes) {
    return { bytes: whole, commit, history: true, uncommitted };
  }
  const objects = decode(await git([...at, "rev-parse", "--git-path", "objects"], options)).trim();
  const objectsPath = objects.startsWith("/")
    ? objects
    : await Deno.realPath(`${folder}/${objects}`);
  try {
    return await inTemporary(options, async (temporary) => {
      await Deno.writeTextFile(`${temporary}/objects/info/alternates`, `${objectsPath}\n`);
      const tree = `${commit}^{tree}`;
      const bundle = await snapshot(temporary, tree, `snapshot of ${commit}`, options);
      return { ...bundle, history: false, uncommitted };
    });
  } catch (error) {
    // Where nothing may be written there is no smaller bundle; the caller says by how much this one is too large.
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    return { bytes: whole, commit, history: true, uncommitted };
  }
}

/** Bundles a folder that is no repository: one commit of all that is in it. */
export async function bundleFolder(folder: string, options: BundleOptions): Promise<Bundle> {
  return await inTemporary(options, async (temporary) => {
    const at = [`--git-dir=${temporary}`, `--work-tree=${folder}`];
    await git([...at, "-C", folder, "add", "--all", "."], options);
    const tree = decode(await git([...at, "write-tree"], options)).trim();
    const bundle = await snapshot(temporary, tree, "input", options);
    return { ...bundle, history: false, uncommitted: 0 };
  });
}

async function snapshot(
  temporary: string,
  tree: string,
  message: string,
  options: BundleOptions,
): Promise<{ readonly bytes: Uint8Array; readonly commit: string }> {
  const at = ["-C", temporary];
  const commit = decode(await git([...at, "commit-tree", "-m", message, tree], options)).trim();
  await git([...at, "update-ref", "HEAD", commit], options);
  const bytes = await git([...at, "bundle", "create", "--quiet", "-", "HEAD"], options);
  return { bytes, commit };
}

async function inTemporary<T>(
  options: BundleOptions,
  work: (temporary: string) => Promise<T>,
): Promise<T> {
  const temporary = await Deno.makeTempDir({ prefix: "crosstown-bundle-" });
  try {
    await git(["init", "--quiet", "--bare", "--template=", temporary], options);
    await Deno.mkdir(`${temporary}/objects/info`, { recursive: true });
    return await work(temporary);
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
}

const FIXED = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "gc.auto=0",
  "pack.threads=1",
  "commit.gpgSign=false",
].flatMap((setting) => ["-c", setting]);

async function git(args: readonly string[], options: BundleOptions): Promise<Uint8Array> {
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command(options.git, {
      args: [...FIXED, ...args],
      clearEnv: true,
      env: {
        PATH: options.path,
        HOME: "/nonexistent",
        LC_ALL: "C",
        GIT_CONFIG_GLOBAL: "/dev/null",
        GIT_CONFIG_NOSYSTEM: "1",
        GIT_TERMINAL_PROMPT: "0",
        GIT_OPTIONAL_LOCKS: "0",
        GIT_AUTHOR_NAME: "crosstown",
        GIT_AUTHOR_EMAIL: "crosstown@localhost",
        GIT_AUTHOR_DATE: "2000-01-01T00:00:00Z",
        GIT_COMMITTER_NAME: "crosstown",
        GIT_COMMITTER_EMAIL: "crosstown@localhost",
        GIT_COMMITTER_DATE: "2000-01-01T00:00:00Z",
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new InputError("git_missing", "git is not installed", {
      cause,
      suggestion: "Install git, or send a tar.gz",
    });
  }
  if (!output.success) {
    const words = decode(output.stderr).trim().split("\n").at(-1) ?? "";
    throw new InputError("git_failed", `git exited ${output.code}: ${words}`);
  }
  if (output.stdout.length > OUTPUT_BYTES) {
    throw new InputError("too_large", `the repository packs to more than ${OUTPUT_BYTES} bytes`);
  }
  return output.stdout;
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/**
 * An archive of a home's records in a folder: the repository's history as a git bundle, the payment log, and a manifest with their hashes.
 * The archive does not contain the store. `state recover` rebuilds it, so that its channels sign nothing until the peer has proved our last
 * claim. The archive contains no key.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { printable } from "../../base/log/printable.ts";
import { codeOf } from "../../base/thrown.ts";
import { openPlainFile, readPlainText } from "../../base/files/plain_file.ts";
import { BRANCH, type GitPlace, gitText, runGit } from "../audit/git_command.ts";
import { auditTip, hasRepository } from "../audit/read_repository.ts";
import { makeRepository } from "../audit/repository.ts";
import { logFiles } from "./log_files.ts";

const MANIFEST = "manifest.json";
const BUNDLE = "state.bundle";
/** Failures of git that have nothing to do with the archive. */
const OF_THIS_MACHINE: ReadonlySet<string> = new Set(["git_missing", "unreachable", "full"]);
/** Every valid name in an archive. So an archive cannot choose where its files are written. */
const NAME = /^(state\.bundle|payment_log\.jsonl|payment_log\/\d{4}-\d\d-\d\d\.jsonl\.gz)$/;
/**
 * Every valid path in the history. Git writes the others too: a file named `state.db` would be taken for the home's own store, and its queue
 * would be paid. No name begins with a dot, because `.gitattributes` changes what git writes.
 */
const TRACKED =
  /^100644 blob [0-9a-f]+\t(?:\.gitignore|checkpoint\.json|(?:channels|jobs|payment_log)(?:\/[\w-][\w.-]*){1,2})$/;
/** What reading an archive creates in a folder without records. */
const MADE = [
  ".git",
  ".gitignore",
  "payment_log",
  "payment_log.jsonl",
  "channels",
  "jobs",
  "checkpoint.json",
];
const MAX_MANIFEST = 1 << 20;
const MAX_FILES = 4_000;
/** Git needs a while for a history of many payments. */
const GIT_MS = 600_000;

/** The manifest of an archive. */
export interface ArchiveManifest {
  readonly format: "crosstown-state";
  readonly version: 1;
  readonly network: string;
  readonly mayor: string;
  /** RFC 3339. */
  readonly exported_at: string;
  /** The last entry in the repository. */
  readonly last_entry: { readonly seq: number; readonly hash: string };
  readonly files: readonly ArchiveFile[];
}

interface ArchiveFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What of an archive was written. The history comes first, and its size is known only when git has packed it. */
export interface ArchiveProgress {
  /** Bytes of the log. */
  readonly bytes: number;
  /** Bytes of the log that the archive will have. */
  readonly ofBytes: number;
}

/**
 * Writes an archive into a new folder. A daemon may be running; the log is copied up to its present size.
 *
 * @param told Called when the log begins, and after each 64 KiB of it.
 * @throws {ArchiveError} `nothing_to_export` if the repository has no entry yet
 */
export async function writeArchive(
  place: GitPlace,
  to: string,
  about: Pick<ArchiveManifest, "network" | "mayor" | "exported_at">,
  told: (progress: ArchiveProgress) => void = () => undefined,
): Promise<ArchiveManifest> {
  const ours = await hasRepository(place) ? (await auditTip(place))?.ours ?? null : null;
  if (ours === null || ours.journal === null) {
    throw new ArchiveError("nothing_to_export", "this home has no entry in its repository yet");
  }
  await Deno.mkdir(`${to}/payment_log`, { recursive: true, mode: 0o700 });
  await runGit(place, ["bundle", "create", "--quiet", `${to}/${BUNDLE}`, BRANCH], {
    timeoutMs: GIT_MS,
  });
  await Deno.chmod(`${to}/${BUNDLE}`, 0o600);
  const files = [await hashed(to, BUNDLE)];
  const logs = await Promise.all((await logFiles(place.folder)).map(async (file) => ({
    ...file,
    sizeBytes: file.sizeBytes ?? (await Deno.lstat(file.path)).size,
  })));
  const ofBytes = logs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let bytes = 0;
  told({ bytes, ofBytes });
  for (const { name, path, sealed, sizeBytes } of logs) {
    const copy = await copied(path, to, name, sealed ? Infinity : sizeBytes, (more) => {
      told({ bytes: bytes += more, ofBytes });
    });
    files.push(copy);
  }
  const manifest: ArchiveManifest = {
    format: "crosstown-state",
    version: 1,
    ...about,
    last_entry: ours.journal,
    files,
  };
  await Deno.writeTextFile(`${to}/${MANIFEST}`, `${JSON.stringify(manifest, null, 2)}\n`, {
    mode: 0o600,
    createNew: true,
  });
  return manifest;
}

/** Reads an archive's manifest. Throws ArchiveError `bad_archive`. */
export async function readManifest(from: string): Promise<ArchiveManifest> {
  let value: Partial<ArchiveManifest>;
  try {
    const { size, isFile } = await Deno.lstat(`${from}/${MANIFEST}`);
    if (!isFile || size > MAX_MANIFEST) throw bad(`${MANIFEST} is no small file`);
    value = JSON.parse(await readPlainText(`${from}/${MANIFEST}`));
  } catch (cause) {
    if (cause instanceof ArchiveError) throw cause;
    throw bad(`${MANIFEST} cannot be read`, cause);
  }
  const { format, version, files, network } = value ?? {};
  if (format !== "crosstown-state" || version !== 1 || typeof network !== "string") {
    throw bad(`${MANIFEST} belongs to no archive that this version can read`);
  }
  if (!Array.isArray(files) || files.length > MAX_FILES || !files.every(isArchiveFile)) {
    throw bad(`${MANIFEST} names files that an archive cannot have`);
  }
  const names = new Set(files.map(({ path }) => path));
  if (names.size < files.length || !names.has(BUNDLE)) {
    throw bad(`${MANIFEST} names a file twice, or no ${BUNDLE}`);
  }
  return value as ArchiveManifest;
}

/**
 * Restores an archive into a state folder without records, completely or not at all. First it checks the hash of every file.
 *
 * @throws {ArchiveError} `bad_archive`; AuditError if git refuses the history
 */
export async function readArchive(
  from: string,
  manifest: ArchiveManifest,
  place: GitPlace,
): Promise<void> {
  for (const { path, bytes, sha256 } of manifest.files) {
    const found = await hashed(from, path).catch((cause) => {
      throw bad(`${path} cannot be read`, cause);
    });
    if (found.bytes !== bytes || found.sha256 !== sha256) throw bad(`${path} was changed`);
  }
  try {
    await makeRepository(place);
    await runGit(place, [
      ...["-c", "fetch.fsckObjects=true"],
      ...["fetch", "--quiet", "--no-tags", "--update-head-ok"],
      `${from}/${BUNDLE}`,
      `${BRANCH}:${BRANCH}`,
    ], { timeoutMs: GIT_MS }).catch((cause) => {
      if (OF_THIS_MACHINE.has(codeOf(cause) ?? "")) throw cause;
      throw bad(`${BUNDLE} has no history that git accepts`, cause);
    });
    await checkTracked(place);
    await runGit(place, ["-c", "core.symlinks=false", "reset", "--hard", "--quiet"], {
      timeoutMs: GIT_MS,
    });
    await Deno.mkdir(`${place.folder}/payment_log`, { recursive: true, mode: 0o700 });
    for (const { path } of manifest.files) {
      if (path === BUNDLE) continue;
      await Deno.remove(`${place.folder}/${path}`).catch(() => undefined);
      await copied(`${from}/${path}`, place.folder, path);
    }
  } catch (error) {
    for (const name of MADE) {
      await Deno.remove(`${place.folder}/${name}`, { recursive: true }).catch(() => undefined);
    }
    throw error;
  }
}

/** Checks the files of the history before git writes them. Throws ArchiveError. */
async function checkTracked(place: GitPlace): Promise<void> {
  const tree = await gitText(place, ["ls-tree", "-r", "-z", "--full-tree", BRANCH], {
    timeoutMs: GIT_MS,
  });
  const wrong = tree.split("\0").filter(Boolean).find((entry) => !TRACKED.test(entry));
  if (wrong === undefined) return;
  const path = printable(wrong.slice(wrong.indexOf("\t") + 1)).slice(0, 80);
  throw bad(`its history has ${path}, which is no record of a home`);
}

function isArchiveFile(value: Partial<ArchiveFile> | null): boolean {
  return typeof value?.path === "string" && NAME.test(value.path) &&
    Number.isSafeInteger(value.bytes) && /^[0-9a-f]{64}$/.test(String(value.sha256));
}

/** Copies a plain file to `folder/name`, at most `most` bytes of it. */
async function copied(
  from: string,
  folder: string,
  name: string,
  most = Infinity,
  told: (moreBytes: number) => void = () => undefined,
): Promise<ArchiveFile> {
  using source = await openPlainFile(from, { read: true });
  using target = await Deno.open(`${folder}/${name}`, {
    write: true,
    createNew: true,
    mode: 0o600,
  });
  const hash = createHash("sha256");
  const buffer = new Uint8Array(1 << 16);
  let bytes = 0;
  while (bytes < most) {
    const read = await source.read(buffer.subarray(0, Math.min(buffer.length, most - bytes)));
    if (read === null) break;
    hash.update(buffer.subarray(0, read));
    for (let at = 0; at < read;) at += await target.write(buffer.subarray(at, read));
    bytes += read;
    told(read);
  }
  await target.sync();
  return { path: name, bytes, sha256: hash.digest("hex") };
}

async function hashed(folder: string, name: string): Promise<ArchiveFile> {
  using source = await openPlainFile(`${folder}/${name}`, { read: true });
  const hash = createHash("sha256");
  const buffer = new Uint8Array(1 << 16);
  let bytes = 0;
  for (;;) {
    const read = await source.read(buffer);
    if (read === null) return { path: name, bytes, sha256: hash.digest("hex") };
    hash.update(buffer.subarray(0, read));
    bytes += read;
  }
}

function bad(why: string, cause?: unknown): ArchiveError {
  return new ArchiveError("bad_archive", why, { cause });
}

/** An archive that cannot be written or read. */
class ArchiveError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "ArchiveError";
  /** `nothing_to_export` or `bad_archive`. */
  readonly code: "nothing_to_export" | "bad_archive";
  /** What to do about it. */
  readonly suggestion: string;
  /** Makes an error with its code. */
  constructor(code: ArchiveError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.suggestion = code === "bad_archive"
      ? "nothing was imported; make the archive again in the old home with 'crosstown state export'"
      : "it has one after its first job, payment or channel";
  }
}

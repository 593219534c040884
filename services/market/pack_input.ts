/**
 * Buyer's side: what `--input` is, as tags of a job request.
 *
 * | input | becomes |
 * |---|---|
 * | `-` | what comes on standard input, treated as a file |
 * | `https://host/repo.git#commit` | `i` of type `url` |
 * | a git repository | a git bundle of HEAD, base64 |
 * | another folder | a tar.gz, base64 |
 * | a git bundle, a `.tar.gz` | as it is, base64 |
 * | another file | text, or base64 when it is not UTF-8 |
 * | anything else | the text itself |
 *
 * @module
 */
import { type BundleOptions, bundleRepository, repositoryRoot } from "./git_bundle.ts";
import { InputError } from "./input_error.ts";
import { tarFolder } from "./tar_writer.ts";

/** What packing needs. */
export interface PackOptions {
  /** Absolute path or name of git. */
  readonly git: string;
  /** `PATH` for git. */
  readonly path: string;
  /** The most that the input may add to an event; what exceeds it is refused. */
  readonly limitBytes: number;
  /** Standard input, read at most once; up to a limit. */
  readonly stdin: () => Promise<Uint8Array>;
}

/** An input as it goes into a request. */
export interface PackedInput {
  /** What it was found to be. */
  readonly type: "text" | "file" | "bundle" | "tar" | "url";
  /** The `i` tag. */
  readonly input: readonly string[];
  /** `param` tags that say how to read it: encoding, mime, name. */
  readonly params: readonly (readonly string[])[];
  /** Bytes before base64. */
  readonly sizeBytes: number;
  /** The commit, where one was bundled. */
  readonly commit: string | null;
  /** What a person should know, e.g. changes that were not committed. */
  readonly notes: readonly string[];
}

/** Packs an input. Throws InputError, whose message names the limit where one was exceeded. */
export async function packInput(input: string, options: PackOptions): Promise<PackedInput> {
  if (input === "-") return packBytes(await options.stdin(), "standard input", null, options);
  if (/^https?:\/\/\S+$/.test(input)) return packUrl(input, options);
  let info: Deno.FileInfo;
  try {
    info = await Deno.stat(input);
  } catch (error) {
    if (!isNoPath(error)) throw error;
    if (looksLikePath(input)) {
      throw new InputError("input_not_found", `--input ${input}: there is no such file or folder`);
    }
    return packText(input, null, options);
  }
  if (info.isDirectory) return await packFolder(input.replace(/(?<=.)\/+$/, ""), options);
  if (!info.isFile) throw new InputError("bad_input", `--input ${input} is no file or folder`);
  if (info.size > READ_BYTES) throw tooLarge(`--input ${input}`, info.size, options.limitBytes);
  return packBytes(await Deno.readFile(input), `--input ${input}`, baseName(input), options);
}

/** Packs bytes whose kind their beginning tells; `what` names them in an error. */
export function packBytes(
  bytes: Uint8Array,
  what: string,
  name: string | null,
  options: Pick<PackOptions, "limitBytes">,
): PackedInput {
  if (isBundle(bytes)) {
    return base64(bytes, "bundle", "application/x-git-bundle", what, options);
  }
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    return base64(bytes, "tar", "application/gzip", what, options);
  }
  const named = name !== null && SAFE_NAME.test(name) ? [["param", "name", name]] : [];
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const packed = base64(bytes, "file", "application/octet-stream", what, options);
    return { ...packed, params: [...packed.params, ...named] };
  }
  const packed = packText(text, what, options);
  return { ...packed, type: "file", params: named };
}

/** Files larger than this are not even read. */
const READ_BYTES = 64 << 20;
const SAFE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;

/** Packs a text as it is, whatever it looks like; `what` names it in an error. Throws InputError. */
export function packText(
  text: string,
  what: string | null,
  options: Pick<PackOptions, "limitBytes">,
): PackedInput {
  if (!text.isWellFormed()) throw new InputError("bad_input", "the input has half a character");
  const sizeBytes = new TextEncoder().encode(text).length;
  const wireBytes = new TextEncoder().encode(JSON.stringify(text)).length;
  if (wireBytes > options.limitBytes) {
    throw tooLarge(what ?? "the text", wireBytes, options.limitBytes);
  }
  return {
    type: "text",
    input: ["i", text, "text"],
    params: [],
    sizeBytes,
    commit: null,
    notes: [],
  };
}

function packUrl(url: string, options: PackOptions): PackedInput {
  if (!URL.canParse(url)) throw new InputError("bad_input", `--input ${url} is not a URL`);
  const { username, password } = new URL(url);
  if (username !== "" || password !== "") {
    throw new InputError("bad_input", "a job is public: its URL may hold no user or password");
  }
  const sizeBytes = new TextEncoder().encode(url).length;
  if (sizeBytes > options.limitBytes) throw tooLarge("the URL", sizeBytes, options.limitBytes);
  return { type: "url", input: ["i", url, "url"], params: [], sizeBytes, commit: null, notes: [] };
}

async function packFolder(folder: string, options: PackOptions): Promise<PackedInput> {
  const bundleOptions: BundleOptions = { ...options, limitBytes: rawLimit(options.limitBytes) };
  if (!await isRepository(folder, bundleOptions)) {
    const bytes = await tarFolder(folder, { totalBytes: READ_BYTES, entries: 20_000 });
    return base64(bytes, "tar", "application/gzip", `--input ${folder}`, options);
  }
  const bundle = await bundleRepository(folder, bundleOptions);
  const packed = base64(
    bundle.bytes,
    "bundle",
    "application/x-git-bundle",
    `--input ${folder}`,
    options,
  );
  const notes: string[] = [];
  if (bundle.uncommitted > 0) {
    notes.push(`${bundle.uncommitted} uncommitted changes are not in the bundle`);
  }
  if (!bundle.history) notes.push("the history was left out to fit the limit");
  return { ...packed, commit: bundle.commit, notes };
}

/** A folder within a repository is packed as a folder: nobody asked for the rest. */
async function isRepository(folder: string, options: BundleOptions): Promise<boolean> {
  try {
    return await repositoryRoot(folder, options);
  } catch (error) {
    if (error instanceof InputError && error.code === "git_missing") return false;
    throw error;
  }
}

function base64(
  bytes: Uint8Array,
  type: PackedInput["type"],
  mime: string,
  what: string,
  options: Pick<PackOptions, "limitBytes">,
): PackedInput {
  const wireBytes = Math.ceil(bytes.length / 3) * 4;
  if (wireBytes > options.limitBytes) throw tooLarge(what, wireBytes, options.limitBytes);
  return {
    type,
    input: ["i", bytes.toBase64(), "text"],
    params: [["param", "encoding", "base64"], ["param", "mime", mime]],
    sizeBytes: bytes.length,
    commit: null,
    notes: [],
  };
}

function rawLimit(limitBytes: number): number {
  return Math.floor(limitBytes / 4) * 3;
}

function isBundle(bytes: Uint8Array): boolean {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 16));
  return head.startsWith("# v2 git bundle\n") || head.startsWith("# v3 git bundle\n");
}

function isNoPath(error: unknown): boolean {
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
    return true;
  }
  // A worker may read the input's path alone, so what it may not read is not one.
  if (error instanceof Deno.errors.NotCapable) return true;
  // A long text or one with a NUL is no path either.
  return error instanceof TypeError ||
    error instanceof Error && /too long|ENAMETOOLONG|null byte|nul byte/i.test(error.message);
}

function looksLikePath(text: string): boolean {
  if (/\s/.test(text)) return false;
  return /^(\.{1,2}|~)?\//.test(text) || /\.(bundle|tar\.gz|tgz)$/.test(text);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function tooLarge(what: string, sizeBytes: number, limitBytes: number): InputError {
  return new InputError(
    "too_large",
    `${what} takes ${sizeBytes} bytes in an event, the limit is ${limitBytes}`,
    { suggestion: "Send less, or give a repository as https://host/repo.git#commit" },
  );
}

/**
 * Parses a `ci-run` request: a command, a platform, and one input.
 *
 * Inputs are `i` tags. Type `url` is an https repository with `#commit`. Type `text` is plain text, or base64 if `param encoding` is
 * `base64`.
 * `param mime` is its format: `application/x-git-bundle`, `application/gzip` (a tar.gz), otherwise a file.
 *
 * @module
 */
import { isLoopback } from "../../../base/urls.ts";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import { type BlobReference, blobsOf } from "../../../blobs/blob_reference.ts";
import { CHUNK_LIST_TYPE, MAX_LIST_BYTES } from "../../../blobs/chunk_list.ts";
import { BlobTransferError } from "../../../blobs/blob_transfer_error.ts";
import { SEAL_BYTES } from "../../../blobs/private_blob.ts";
import { checkRequest, type RequestRules } from "../../request_rules.ts";
import { readPatterns } from "./file_pattern.ts";
import { SkillError } from "../../skill_error.ts";
import { ARCHIVE_LIMITS } from "./tar_reader.ts";

/** The source of a job's files. */
export type CiInput =
  | { readonly type: "bundle"; readonly bytes: Uint8Array }
  | { readonly type: "tar"; readonly bytes: Uint8Array }
  | { readonly type: "file"; readonly name: string; readonly bytes: Uint8Array }
  | { readonly type: "repository"; readonly url: string; readonly commit: string | null }
  /** An archive, a bundle or a file in a blob; the param `mime` tells which. */
  | {
    readonly type: "blob";
    readonly blob: BlobReference;
    readonly params: ReadonlyMap<string, string>;
  }
  | { readonly type: "none" };

/** An input whose bytes are here, or a repository that git fetches. */
export type HereInput = Exclude<CiInput, { readonly type: "blob" }>;

/** A checked request. */
interface CiSpec {
  /** The argument of `sh -c`. */
  readonly command: string;
  /** For example `linux/amd64`; null means any. */
  readonly platform: string | null;
  /** The source of the files. */
  readonly input: CiInput;
  /** Patterns of the files that the buyer wants after the run. */
  readonly artifacts: readonly string[];
}

/** The requests that `ci-run` can run, for its manifest. */
export const CI_REQUEST: RequestRules = {
  inputs: ["text", "url"],
  leastInputs: 0,
  mostInputs: 1,
  params: ["command", "artifacts"],
  required: ["command"],
};

/** Reads a request's tags. Throws SkillError `bad_input`. */
export function parseCiSpec(
  event: NostrEvent,
  options: { readonly allowLoopback: boolean },
): CiSpec {
  checkRequest(event, CI_REQUEST);
  const params = new Map<string, string>();
  for (const [name, key, value] of event.tags) {
    if (name === "param" && key !== undefined) params.set(key, value ?? "");
  }
  const command = params.get("command") ?? "";
  if (command.trim() === "") {
    throw new SkillError("bad_input", "ci-run needs a param command, e.g. sh test.sh");
  }
  if (command.includes("\0")) throw new SkillError("bad_input", "param command contains a NUL");
  const platform = params.get("platform") ?? null;
  const artifacts = readPatterns(params.get("artifacts") ?? "");
  return { command, platform, artifacts, input: parseInput(event, params, options) };
}

/** Reads the input of a request. Throws SkillError `bad_input`. */
export function parseInput(
  event: Pick<NostrEvent, "tags">,
  params: ReadonlyMap<string, string>,
  options: { readonly allowLoopback: boolean },
): CiInput {
  const found = event.tags.find((tag) => tag[0] === "i" && tag[1] !== undefined);
  if (found === undefined) return { type: "none" };
  const [, data, type = "text"] = found;
  const blob = type === "url" ? blobAt(data, event) : null;
  if (blob !== null) return parseBlob(blob, params);
  return type === "url" ? parseRepository(data, options) : parseText(data, params);
}

/** The blob whose first URL is that of the input; null if the input is a repository. */
function blobAt(url: string, event: Pick<NostrEvent, "tags">): BlobReference | null {
  try {
    return blobsOf(event).find(({ urls }) => urls[0] === url) ?? null;
  } catch (cause) {
    if (!(cause instanceof BlobTransferError)) throw cause;
    throw new SkillError("bad_input", cause.message, { cause });
  }
}

/** A larger blob would be refused when it is fetched, after the payment. So would a list of chunks that make a larger file. */
function parseBlob(blob: BlobReference, params: ReadonlyMap<string, string>): CiInput {
  const refuse = (bytes: number, what: string, mostBytes: number) => {
    if (bytes <= mostBytes) return;
    throw new SkillError(
      "bad_input",
      `${what} has ${bytes} bytes, at most ${mostBytes} are accepted`,
    );
  };
  const mostBytes = mostBlobBytes(blob);
  if (blob.type === CHUNK_LIST_TYPE) {
    if (blob.total === undefined) {
      throw new SkillError("bad_input", "the input is a list of chunks without its total size");
    }
    refuse(blob.size, "the list of the input's chunks", MAX_LIST_BYTES);
    refuse(blob.total, "the input", mostBytes);
  } else refuse(blob.size, "the input", mostBytes);
  return { type: "blob", blob, params };
}

/** The most bytes of an input that is a blob. */
export function mostBlobBytes({ secret }: Pick<BlobReference, "secret">): number {
  return ARCHIVE_LIMITS.totalBytes + (secret === undefined ? 0 : SEAL_BYTES);
}

/** Reads `https://host/path#commit`. A loopback address, also over http, is allowed only if the whole network is on loopback. */
function parseRepository(
  text: string,
  options: { readonly allowLoopback: boolean },
): Extract<CiInput, { type: "repository" }> {
  if (!URL.canParse(text)) throw new SkillError("bad_input", `not a URL: ${show(text)}`);
  const url = new URL(text);
  const commit = decodeURIComponentSafe(url.hash.slice(1));
  url.hash = "";
  if (url.username !== "" || url.password !== "") {
    throw new SkillError("bad_input", "a repository's URL must not hold a user or password");
  }
  const local = isLocal(url.hostname);
  const accepted = url.protocol === "https:" && (!local || options.allowLoopback) ||
    url.protocol === "http:" && isLoopback(url.hostname) && options.allowLoopback;
  if (!accepted) {
    throw new SkillError(
      "bad_input",
      `a repository is https://host/path#commit on a public host, not ${show(url.origin)}`,
    );
  }
  if (commit !== "" && !/^[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}$/.test(commit)) {
    throw new SkillError("bad_input", `not a commit, branch or tag: ${show(commit)}`);
  }
  if (commit.includes("..") || commit.endsWith(".lock")) {
    throw new SkillError("bad_input", `not a commit, branch or tag: ${show(commit)}`);
  }
  return { type: "repository", url: url.href, commit: commit === "" ? null : commit };
}

function parseText(data: string, params: ReadonlyMap<string, string>): CiInput {
  const encoding = params.get("encoding") ?? "";
  if (encoding !== "" && encoding !== "base64") {
    throw new SkillError("bad_input", `param encoding is base64 or absent, not ${show(encoding)}`);
  }
  return bytesInput(
    encoding === "base64" ? decodeBase64(data) : new TextEncoder().encode(data),
    params,
  );
}

/** The input in these bytes, with the format and name of the params `mime` and `name`. Throws SkillError `bad_input`. */
export function bytesInput(
  bytes: Uint8Array,
  params: ReadonlyMap<string, string>,
): Extract<CiInput, { readonly bytes: Uint8Array }> {
  const mime = (params.get("mime") ?? "text/plain").split(";")[0].trim();
  if (mime === "application/x-git-bundle") return { type: "bundle", bytes };
  if (mime === "application/gzip" || mime === "application/x-gtar") return { type: "tar", bytes };
  const name = params.get("name") ?? "input";
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/.test(name)) {
    throw new SkillError("bad_input", `param name is a plain file name, not ${show(name)}`);
  }
  return { type: "file", name, bytes };
}

function decodeBase64(text: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(text);
  } catch (cause) {
    throw new SkillError("bad_input", "the input is not base64, though param encoding says so", {
      cause,
    });
  }
}

function decodeURIComponentSafe(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Whether a host is local, so that a request must not make the provider contact it. The URL parser has normalised the digits. */
function isLocal(host: string): boolean {
  if (isLoopback(host) || host.startsWith("[") || !host.includes(".")) return true;
  if (/\.(local|internal|lan|home|arpa)$/.test(host)) return true;
  const parts = host.split(".").map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part))) return false;
  const [a, b] = parts;
  return a === 0 || a === 10 || a === 127 || a >= 224 || a === 169 && b === 254 ||
    a === 172 && b >= 16 && b < 32 || a === 192 && b === 168 || a === 100 && b >= 64 && b < 128;
}

function show(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}

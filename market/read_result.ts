/**
 * Reads the content of a result: a JSON document for `ci-run` (6601) and `image-build` (6602), a text for other kinds. The provider is a
 * stranger, so every field is checked, and the log is unpacked only up to a limit.
 *
 * @module
 */
import { type BlobReference, blobsOf, checkReference } from "../blobs/blob_reference.ts";
import { RESULT_NAME } from "./blobs/large_result.ts";
import { CI_RUN, IMAGE_BUILD } from "../protocols/nostr/kinds.ts";
import type { NostrEvent } from "../protocols/nostr/event.ts";
import { readUsedTokens, type UsedTokens } from "../protocols/nostr/token_price.ts";
import { imageContent, type ToldBuild, type ToldImage } from "./image_content.ts";
import { type PrintedUsage, usageIn } from "./run_usage.ts";
import { ResultContentError } from "./result_content_error.ts";

/** The fields of a result's content, before its log is unpacked. */
export interface ResultContent {
  /** The exit code. Null if the kind has none. */
  readonly exitCode: number | null;
  /** The limit of the provider that ended the command (`timeout`, `memory`...), if one did. */
  readonly stoppedBy: string | null;
  readonly tests:
    | { readonly passed: number; readonly failed: number; readonly total: number }
    | null;
  readonly log:
    | { readonly type: "plain"; readonly text: string }
    | { readonly type: "gzip"; readonly bytes: Uint8Array }
    | null;
  /** True if the provider left out the beginning of the log. */
  readonly logTruncated: boolean;
  /** The size of the whole log in bytes, if the provider states it. */
  readonly logBytes: number | null;
  /** Files that the job produced. Null if there are none. */
  readonly artifacts: Artifacts | null;
  /** Why requested files are not stored. */
  readonly artifactsError: string | null;
  /** The content as text, if the kind has no document. */
  readonly text: string | null;
  /** The image, if one was built. */
  readonly image: ToldImage | null;
  /** How the build went, if the job was a build. */
  readonly build: ToldBuild | null;
}

/** Files that a job produced, in one `tar.gz` that is stored outside the event for a limited time. */
interface Artifacts {
  readonly files: number;
  /** The size of all files, unpacked. */
  readonly bytes: number;
  /** The number of files that the provider left out. */
  readonly left_out: number;
  /** The SHA-256 of the archive. */
  readonly sha256: string;
  /** The size of the archive in bytes. */
  readonly size: number;
  readonly urls: readonly string[];
  /** The key of an encrypted archive, itself encrypted for the buyer. */
  readonly key?: string;
}

/** The `result` object that commands print. */
export interface PrintedResult {
  /** What the job used of the provider's machine, as the provider states it. */
  readonly usage?: PrintedUsage;
  /** The id of the result event. */
  readonly event_id: string;
  /** The tokens of a model that the job used, as the provider states it. */
  readonly tokens?: PrintedTokens;
  /** The exit code of the job's own command. */
  readonly exit_code?: number;
  /** The log, unpacked. */
  readonly log?: string;
  /** True if the beginning or the end of the log is missing. */
  readonly log_truncated?: boolean;
  /** The size of the whole log, if a part is missing and the provider states the size. */
  readonly log_bytes?: number;
  /** The test counts that the provider states. */
  readonly tests?: { readonly passed: number; readonly failed: number; readonly total: number };
  /** The blob that holds the content, if that is too large for an event. */
  readonly blob?: BlobReference;
  /** Files that the job produced. */
  readonly artifacts?: Artifacts;
  /** Why the provider stored none, although the request asked for them. */
  readonly artifacts_error?: string;
  /** The content, if the kind has no document. */
  readonly content?: string;
  /** One line about an `image-build`. */
  readonly summary?: string;
  /** The platform of the image. */
  readonly platform?: string;
  /** Whether its steps ran under an emulator of that platform. */
  readonly emulated?: boolean;
  /** The image that was built. */
  readonly image?: ToldImage;
}

/** Tokens as commands print them, with the names of the OpenAI API. */
interface PrintedTokens {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  /** Whether the model's server counted them; otherwise the provider estimated them. */
  readonly counted: boolean;
}

function printedTokens({ input, output, counted }: UsedTokens): PrintedTokens {
  return { prompt_tokens: input, completion_tokens: output, counted };
}

/** Kinds whose results are JSON documents. */
const DOCUMENTS: ReadonlyMap<number, string> = new Map(
  [CI_RUN, IMAGE_BUILD].map(({ kind, types }) => [kind, types[0]]),
);

/** The most bytes of a log that are printed. */
const LOG_BYTES = 8 << 20;

/** Reads the content of a result of a request's kind. Throws ResultContentError. */
export function parseResultContent(requestKind: number, content: string): ResultContent {
  const named = DOCUMENTS.get(requestKind);
  if (named === undefined) {
    return {
      exitCode: null,
      stoppedBy: null,
      tests: null,
      log: null,
      logTruncated: false,
      logBytes: null,
      artifacts: null,
      artifactsError: null,
      text: content,
      image: null,
      build: null,
    };
  }
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    throw new ResultContentError(`the content of a ${named} result is not JSON`, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ResultContentError(`the content of a ${named} result is not an object`);
  }
  const document = value as Readonly<Record<string, unknown>>;
  const exitCode = document.exit_code;
  if (!isCount(exitCode) || exitCode > 255) {
    throw new ResultContentError("exit_code must be a whole number from 0 to 255");
  }
  return {
    exitCode,
    stoppedBy: wordOf(document.stopped_by, "stopped_by"),
    tests: document.tests === undefined ? null : testsOf(document.tests),
    log: logOf(document),
    logTruncated: document.log_truncated === true,
    logBytes: isCount(document.log_bytes) ? document.log_bytes : null,
    artifacts: document.artifacts === undefined ? null : artifactsOf(document.artifacts),
    artifactsError: wordOf(document.artifacts_error, "artifacts_error"),
    text: null,
    ...(requestKind === IMAGE_BUILD.kind ? imageContent(document) : { image: null, build: null }),
  };
}

/** The printed form of an accepted result event. The log is unpacked up to 8 MiB. Throws ResultContentError. */
export async function readResult(
  requestKind: number,
  event: Pick<NostrEvent, "id" | "content" | "tags">,
): Promise<PrintedResult> {
  const large = largeContentOf(event);
  const usage = usageIn(event);
  const tokens = readUsedTokens(event);
  const about = {
    event_id: event.id,
    ...(usage !== null && { usage }),
    ...(tokens !== null && { tokens: printedTokens(tokens) }),
  };
  if (large !== null) return { ...about, blob: large };
  const content = parseResultContent(requestKind, event.content);
  const log = content.log?.type === "gzip" ? await gunzip(content.log.bytes) : {
    text: content.log?.text,
    cut: false,
  };
  return {
    ...about,
    ...(content.exitCode === null ? {} : { exit_code: content.exitCode }),
    ...(log.text === undefined ? {} : { log: log.text }),
    ...(content.logTruncated || log.cut ? { log_truncated: true } : {}),
    ...(content.logTruncated && content.logBytes !== null ? { log_bytes: content.logBytes } : {}),
    ...(content.tests === null ? {} : { tests: content.tests }),
    ...(content.artifacts === null ? {} : { artifacts: content.artifacts }),
    ...(content.artifactsError === null ? {} : { artifacts_error: content.artifactsError }),
    ...(content.text === null ? {} : { content: content.text }),
    ...content.build,
    ...(content.image === null ? {} : { image: content.image }),
  };
}

/** The reference to a content that is too large for the event. Null if the event contains its content. */
export function largeContentOf(
  { content, tags }: Pick<NostrEvent, "content" | "tags">,
): BlobReference | null {
  if (content !== "") return null;
  try {
    return blobsOf({ tags }).find(({ name }) => name === RESULT_NAME) ?? null;
  } catch (cause) {
    throw new ResultContentError("the result's reference to its content cannot be read", { cause });
  }
}

function wordOf(value: unknown, name: string): string | null {
  if (value === undefined) return null;
  if (typeof value === "string" && /^[a-z][a-z_]{0,31}$/.test(value)) return value;
  throw new ResultContentError(`${name} must be a short word in snake case`);
}

function artifactsOf(value: unknown): Artifacts {
  const fields = (value ?? {}) as Readonly<Record<string, unknown>>;
  const { files, bytes, left_out = 0, sha256, size, urls, key } = fields;
  if (!isCount(files) || !isCount(bytes) || !isCount(left_out) || !Array.isArray(urls)) {
    throw new ResultContentError("artifacts must count files and bytes");
  }
  try {
    const reference = { sha256, size, urls, ...key !== undefined && { key } } as BlobReference;
    return { files, bytes, left_out, ...checkReference(reference) };
  } catch (cause) {
    throw new ResultContentError("artifacts must name a blob", { cause });
  }
}

function logOf(document: Readonly<Record<string, unknown>>): ResultContent["log"] {
  const { log, log_gzip: zipped } = document;
  if (log !== undefined && zipped !== undefined) {
    throw new ResultContentError("a result has log or log_gzip, not both");
  }
  if (log !== undefined) {
    if (typeof log !== "string") throw new ResultContentError("log must be a text");
    return { type: "plain", text: log };
  }
  if (zipped === undefined) return null;
  try {
    return { type: "gzip", bytes: Uint8Array.fromBase64(zipped as string) };
  } catch (cause) {
    throw new ResultContentError("log_gzip must be base64", { cause });
  }
}

function testsOf(value: unknown): NonNullable<ResultContent["tests"]> {
  const { passed, failed, total } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (!isCount(passed) || !isCount(failed) || !isCount(total) || passed + failed > total) {
    throw new ResultContentError("tests must count passed, failed and total");
  }
  return { passed, failed, total };
}

async function gunzip(
  bytes: Uint8Array,
): Promise<{ readonly text: string; readonly cut: boolean }> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  try {
    const stream = new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream("gzip"));
    for await (const chunk of stream) {
      const room = LOG_BYTES - size;
      size += chunk.length;
      text += decoder.decode(chunk.subarray(0, Math.max(0, room)), { stream: true });
      if (size > LOG_BYTES) return { text, cut: true };
    }
  } catch (cause) {
    throw new ResultContentError("log_gzip is not a whole gzip file", { cause });
  }
  return { text: text + decoder.decode(), cut: false };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

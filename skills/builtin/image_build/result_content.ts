/**
 * The content of an `image-build` result (kind 6602): JSON with a description of the image, the provider's statement, the log, and the
 * image itself if it fits the event.
 *
 * @module
 */
import { gzip, type TarEntry, writeTar } from "../../../protocols/tar/tar_writer.ts";
import type { Envelope } from "../../../protocols/slsa/build_statement.ts";
import { contentBytes, type TestCounts } from "../../skill.ts";
import { SkillError } from "../../skill_error.ts";
import { withLog } from "../ci_run/result_content.ts";
import type { HandedOver } from "./hand_over.ts";
import type { Layer } from "./layout.ts";

/** The image in a result's content. */
interface ImageDocument {
  /** The name that the buyer chose. */
  readonly name: string;
  /** The digest of the manifest, `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** The size of all blobs. */
  readonly size_bytes: number;
  /** The layers, the lowest first. */
  readonly layers: readonly Layer[];
}

/** The document in a result's content. */
export interface ImageBuildContent extends HandedOver {
  /** The exit code of the build, or of the test if the build succeeded. */
  readonly exit_code: number;
  /** `Build: SUCCESS | Tests: 47/47 passed`. */
  readonly summary: string;
  /** The duration of build and test together. */
  readonly duration_ms: number;
  /** The limit that ended it, if one did. */
  readonly stopped_by?: string;
  /** Missing if no test ran, or its runner is not known. */
  readonly tests?: TestCounts;
  /** The sandbox. */
  readonly sandbox: string;
  /** The platform of the image. */
  readonly platform: string;
  /** Whether its steps ran in an emulator of that platform. */
  readonly emulated: boolean;
  /** Missing if the build failed. */
  readonly image?: ImageDocument;
  /** The provider's statement about the image; missing if the build failed. */
  readonly statement?: Envelope;
  /** The base64 of the image's OCI archive, gzipped; missing if it does not fit. */
  readonly archive_gzip?: string;
  /** The length of the whole log. */
  readonly log_bytes: number;
}

/** The facts about a build. */
interface BuildFactsOfResult {
  /** Everything except the log and the image. */
  readonly document: Omit<ImageBuildContent, "log_bytes" | "statement" | keyof HandedOver>;
  /** Null if there is no image, or no key to sign with. */
  readonly statement: Envelope | null;
  /** The entries of the image's archive; null if there is no image, or it is too large. */
  readonly entries: readonly TarEntry[] | null;
  /** Delivers an image that does not fit the event; missing if there is no image. */
  readonly handOver?: () => Promise<HandedOver>;
  /** The end of the log, or all of it. */
  readonly log: Uint8Array;
  /** The length of the whole log. */
  readonly logBytes: number;
}

/** The bytes that are reserved for the log in an event with an image. */
const LOG_ROOM_BYTES = 1_024;

/** Makes the content with at most `maxContentBytes`. Throws SkillError `too_large` if even the document does not fit. */
export async function imageBuildContent(
  { document, statement, entries, handOver, log, logBytes }: BuildFactsOfResult,
  maxContentBytes: number,
): Promise<string> {
  const base = { ...document, ...(statement && { statement }), log_bytes: logBytes };
  const archive = entries === null ? null : (await gzip(await writeTar(entries))).toBase64();
  const whole = archive === null ? null : { ...base, archive_gzip: archive };
  const fits = whole !== null &&
    maxContentBytes - contentBytes(JSON.stringify(whole)) >= LOG_ROOM_BYTES;
  const content = await withLog(
    fits ? whole : { ...base, ...await handOver?.() },
    { log, logBytes },
    maxContentBytes,
  );
  if (content !== null) return content;
  throw new SkillError(
    "too_large",
    `a result of image-build does not fit ${maxContentBytes} bytes`,
  );
}

/** A summary of build and test in one line. */
export function summaryOf(
  built: boolean,
  tested: boolean | null,
  tests: TestCounts | null,
): string {
  const build = `Build: ${built ? "SUCCESS" : "FAILED"}`;
  if (tested === null) return build;
  if (tests === null) return `${build} | Tests: ${tested ? "passed" : "failed"}`;
  return `${build} | Tests: ${tests.passed}/${tests.total} passed`;
}

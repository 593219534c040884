/**
 * The content of an `image-build` result (kind 6602): JSON with what was built, the provider's statement, the log, and the image itself
 * where it fits the event.
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
  /** As the buyer named it. */
  readonly name: string;
  /** Of the manifest, `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** Of all blobs. */
  readonly size_bytes: number;
  /** From the lowest on. */
  readonly layers: readonly Layer[];
}

/** The document in a result's content. */
export interface ImageBuildContent extends HandedOver {
  /** Of the build, or of the test where the build went well. */
  readonly exit_code: number;
  /** `Build: SUCCESS | Tests: 47/47 passed`. */
  readonly summary: string;
  /** Of build and test together. */
  readonly duration_ms: number;
  /** Which bound ended it, where one did. */
  readonly stopped_by?: string;
  /** Absent where no test ran or its runner is not known. */
  readonly tests?: TestCounts;
  /** What it ran in. */
  readonly sandbox: string;
  /** Of the image. */
  readonly platform: string;
  /** Whether its steps ran under an emulator of that platform. */
  readonly emulated: boolean;
  /** Absent where the build failed. */
  readonly image?: ImageDocument;
  /** The provider's statement of it; absent where the build failed. */
  readonly statement?: Envelope;
  /** Base64 of the image as an OCI archive, gzipped; absent where it does not fit. */
  readonly archive_gzip?: string;
  /** Of the whole log. */
  readonly log_bytes: number;
}

/** What came of a build. */
interface BuildFactsOfResult {
  /** All but the log and the image. */
  readonly document: Omit<ImageBuildContent, "log_bytes" | "statement" | keyof HandedOver>;
  /** Null where there is no image, or no key. */
  readonly statement: Envelope | null;
  /** Of the image's archive; null where there is none, or it is too large to be read. */
  readonly entries: readonly TarEntry[] | null;
  /** Hands over an image that does not fit the event; absent where there is none. */
  readonly handOver?: () => Promise<HandedOver>;
  /** The end of the log, or all of it. */
  readonly log: Uint8Array;
  /** How long the whole log was. */
  readonly logBytes: number;
}

/** What the log keeps of an event that the image also goes into. */
const LOG_ROOM_BYTES = 1_024;

/** Writes the content in at most `maxContentBytes`. Throws SkillError `too_large` where not even the document fits. */
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

/** The line that says how it went. */
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

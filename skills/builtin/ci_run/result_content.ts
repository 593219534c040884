/**
 * The content of a `ci-run` result (kind 6601): JSON that always fits the event. The log goes in plain where it is short,
 * gzipped where that fits, else as its tail.
 *
 * @module
 */
import type { ArtifactsDocument } from "./artifacts.ts";
import type { TestCounts } from "../../skill.ts";
import { contentBytes } from "../../skill.ts";
import { SkillError } from "../../skill_error.ts";

/** What a run gave. */
interface CiRunFacts {
  /** Of the command; 128 and the signal where it was killed. */
  readonly exitCode: number;
  /** Of the command alone. */
  readonly durationMs: number;
  /** Which bound ended the run, where one did. */
  readonly stoppedBy?: "timeout" | "output" | "memory" | "processes" | "disk" | "files";
  /** Null where no runner is known. */
  readonly tests: TestCounts | null;
  /** The end of the log, or all of it. */
  readonly log: Uint8Array;
  /** How long the whole log was. */
  readonly logBytes: number;
  /** What it ran in. */
  readonly sandbox: "bubblewrap" | "none";
  /** What was run; cut where it is long. */
  readonly command: string;
  /** What was checked out, where it was a repository. */
  readonly commit: string | null;
  /** Files that the job left; an error where they could not be kept, null where none were asked for. */
  readonly artifacts: ArtifactsDocument | { readonly error: string } | null;
}

/** The document in a result's content. */
export interface CiRunContent {
  /** Of the command; 128 and the signal where it was killed. */
  readonly exit_code: number;
  /** Of the command alone. */
  readonly duration_ms: number;
  /** Which bound ended it, where one did. */
  readonly stopped_by?: string;
  /** Absent where no runner is known. */
  readonly tests?: TestCounts;
  /** What it ran in. */
  readonly sandbox: "bubblewrap" | "none";
  /** What was run; cut where it is long. */
  readonly command: string;
  /** What was checked out, where it was a repository. */
  readonly commit?: string;
  /** Files that the job left, in an archive. */
  readonly artifacts?: ArtifactsDocument;
  /** Why there is none although files were asked for. */
  readonly artifacts_error?: string;
  /** Of the whole log. */
  readonly log_bytes: number;
  /** True where only its end is here. */
  readonly log_truncated: boolean;
  /** The log, or its end. */
  readonly log?: string;
  /** Base64 of the gzipped log. */
  readonly log_gzip?: string;
}

/** A log up to this size is not worth zipping: people read raw events too. */
const PLAIN_BYTES = 2048;

/** Writes the content in at most `maxContentBytes` as {@link contentBytes} counts. Throws SkillError `too_large` below 1 KiB. */
export async function ciRunContent(facts: CiRunFacts, maxContentBytes: number): Promise<string> {
  const short = facts.command.length > 200 ? `${facts.command.slice(0, 200)}...` : facts.command;
  const base: Omit<CiRunContent, "log_truncated"> = {
    exit_code: facts.exitCode,
    duration_ms: Math.round(facts.durationMs),
    ...(facts.stoppedBy && { stopped_by: facts.stoppedBy }),
    ...(facts.tests && { tests: facts.tests }),
    sandbox: facts.sandbox,
    command: short.toWellFormed(),
    ...(facts.commit && { commit: facts.commit }),
    ...(facts.artifacts === null
      ? {}
      : "error" in facts.artifacts
      ? { artifacts_error: facts.artifacts.error }
      : { artifacts: facts.artifacts }),
    log_bytes: facts.logBytes,
  };
  const content = await withLog(base, facts, maxContentBytes);
  if (content !== null) return content;
  throw new SkillError("too_large", `a result of ci-run does not fit ${maxContentBytes} bytes`);
}

/**
 * A document with as much of a log as `maxContentBytes` leaves: all of it, in plain or zipped, else its end. Null where the document
 * alone takes more.
 */
export async function withLog(
  base: object,
  facts: Pick<CiRunFacts, "log" | "logBytes">,
  maxContentBytes: number,
): Promise<string | null> {
  const fits = (content: object) => {
    const text = JSON.stringify(content);
    return contentBytes(text) <= maxContentBytes ? text : null;
  };
  const text = new TextDecoder().decode(facts.log);
  const whole = facts.log.length === facts.logBytes;
  if (whole && facts.log.length <= PLAIN_BYTES) {
    const plain = fits({ ...base, log_truncated: false, log: text });
    if (plain !== null) return plain;
  }
  if (whole) {
    const zipped = (await gzip(facts.log)).toBase64();
    const content = fits({ ...base, log_truncated: false, log_gzip: zipped });
    if (content !== null) return content;
  }
  let best = fits({ ...base, log_truncated: true, log: "" });
  if (best === null) return null;
  // The longest tail that fits; what a character takes depends on how it is escaped.
  let low = 0;
  let high = Math.min(text.length, maxContentBytes);
  while (low < high) {
    const length = Math.ceil((low + high) / 2);
    const content = fits({ ...base, log_truncated: true, log: tail(text, length) });
    if (content === null) high = length - 1;
    else {
      best = content;
      low = length;
    }
  }
  return best;
}

/** The last characters, not beginning in the middle of one. */
function tail(text: string, length: number): string {
  if (length === 0) return "";
  const cut = text.slice(-length);
  const first = cut.charCodeAt(0);
  return first >= 0xdc00 && first <= 0xdfff ? cut.slice(1) : cut;
}

async function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes.slice()]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

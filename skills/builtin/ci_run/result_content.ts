/**
 * The content of a `ci-run` result (kind 6601): JSON that always fits the event. A short log is included as text, a longer one gzipped, and
 * one that does not fit as its last part.
 *
 * @module
 */
import type { ArtifactsDocument } from "./artifacts.ts";
import type { TestCounts } from "../../skill.ts";
import { contentBytes } from "../../skill.ts";
import { SkillError } from "../../skill_error.ts";

/** The facts about a run. */
interface CiRunFacts {
  /** The exit code of the command; 128 plus the signal if it was killed. */
  readonly exitCode: number;
  /** The duration of the command only. */
  readonly durationMs: number;
  /** The limit that ended the run, if one did. */
  readonly stoppedBy?: "timeout" | "output" | "memory" | "processes" | "disk" | "files";
  /** Null if the test runner is not known. */
  readonly tests: TestCounts | null;
  /** The end of the log, or all of it. */
  readonly log: Uint8Array;
  /** The length of the whole log. */
  readonly logBytes: number;
  /** The sandbox. */
  readonly sandbox: "bubblewrap" | "runsc" | "runsc+kvm" | "none";
  /** The command. */
  readonly command: string;
  /** The commit, if the input was a repository. */
  readonly commit: string | null;
  /** The job's artifacts, or an error if they could not be kept. Null if none were requested. */
  readonly artifacts: ArtifactsDocument | { readonly error: string } | null;
}

/** The document in a result's content. */
export interface CiRunContent {
  /** The exit code of the command; 128 plus the signal if it was killed. */
  readonly exit_code: number;
  /** The duration of the command only. */
  readonly duration_ms: number;
  /** The limit that ended the run, if one did. */
  readonly stopped_by?: string;
  /** Missing if the test runner is not known. */
  readonly tests?: TestCounts;
  /** The sandbox. */
  readonly sandbox: "bubblewrap" | "runsc" | "runsc+kvm" | "none";
  /** The command, shortened to 200 characters. */
  readonly command: string;
  /** The commit, if the input was a repository. */
  readonly commit?: string;
  /** The archive of the job's artifacts. */
  readonly artifacts?: ArtifactsDocument;
  /** Why there are no artifacts although some were requested. */
  readonly artifacts_error?: string;
  /** The length of the whole log. */
  readonly log_bytes: number;
  /** Whether only the end of the log is included. */
  readonly log_truncated: boolean;
  /** The log, or its end. */
  readonly log?: string;
  /** The base64 of the gzipped log. */
  readonly log_gzip?: string;
}

/** A log up to this size is not gzipped, because people also read raw events. */
const PLAIN_BYTES = 2048;

/**
 * Makes the content with at most `maxContentBytes`, as {@link contentBytes} counts them. Throws SkillError `too_large` if it does not fit.
 */
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
 * A document with as much of the log as fits into `maxContentBytes`: the whole log, as text or gzipped, otherwise its end. Null if the
 * document without a log is already too large.
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
  // Searches the longest tail that fits. The size of a character depends on its escape.
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

/** The last UTF-16 units, without half of a character at the start. */
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

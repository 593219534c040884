/**
 * Shows a job's log while the job runs. The log is asked for by offset, so that nothing is lost or shown twice, and control characters are
 * escaped.
 *
 * @module
 */
import { pause } from "../../base/pause.ts";
import type { Hash } from "node:crypto";
import { nodeCrypto } from "../../base/node_modules.ts";
import type { JobLogPart } from "../../home/client/job_log_part.ts";
import type { HomeClient } from "../../shell/home/home_client.ts";
import { type Output, printable } from "../../shell/output.ts";

/** How long one request waits for more of the log, in milliseconds. */
const WAIT_MS = 2_000;
/** The pause after a failed request, in milliseconds. */
const PAUSE_MS = 1_000;

/** What was shown of a log. */
interface LogShown {
  /** Number of the log's bytes that were shown. */
  readonly shownBytes: number;
  /** Why no more of the log arrives; null if there is no problem. */
  readonly problem: string | null;
  /** Whether the whole log was shown. */
  readonly whole: boolean;
}

/** Shows one job's log from its first byte. */
export class JobLogLines implements LogShown {
  readonly #output: Output;
  readonly #decoder = new TextDecoder();
  /** Hash of the bytes shown so far, none before the first; null if a part of them came from another provider. */
  #shown: Hash | null | undefined;
  #lineOpen = false;
  shownBytes = 0;
  problem: string | null = null;
  whole = false;

  /** In text mode, prints text to standard output as it arrives; in JSON mode, one document for each part. */
  constructor(output: Output) {
    this.#output = output;
  }

  /** Shows the log until it is whole or the signal aborts. Without `follow`, it stops when no more is available now. */
  async show(
    ask: (offset: number, waitMs: number) => Promise<JobLogPart>,
    { follow, signal }: { readonly follow: boolean; readonly signal: AbortSignal },
  ): Promise<void> {
    while (!this.whole && !signal.aborted) {
      const part = await ask(this.shownBytes, follow ? WAIT_MS : 0);
      // A log that is shorter than what was shown comes from another provider.
      if (part.offset < this.shownBytes) {
        this.shownBytes = part.offset;
        this.#shown = null;
      }
      await this.#write(part.bytes);
      this.whole = part.ended && part.problem === null;
      this.problem = part.problem;
      if (part.ended || !follow && part.bytes.length === 0) return;
      if (part.problem !== null) {
        if (!follow) return;
        await pause(PAUSE_MS, signal);
      }
    }
  }

  /** Shows the rest of a result's log, from the byte at which the live log ended. */
  async rest(log: string, logBytes: number): Promise<void> {
    const bytes = new TextEncoder().encode(log);
    const begins = Math.max(0, logBytes - bytes.length);
    if (begins > this.shownBytes) {
      await this.#text(`\n[crosstown: ${begins - this.shownBytes} bytes are not here]\n`);
      this.shownBytes = begins;
    }
    await this.#write(bytes.subarray(this.shownBytes - begins));
    this.whole = true;
  }

  /**
   * Shows the rest of a result whose content was printed while the job ran. Only the content is signed. If the live log is not a beginning
   * of the content, its last line is ended and the whole content is shown.
   */
  async content(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    if (!this.#isBeginningOf(bytes)) {
      await this.end();
      this.shownBytes = 0;
    }
    this.#shown = null;
    await this.#write(bytes.subarray(this.shownBytes));
    this.whole = true;
  }

  #isBeginningOf(bytes: Uint8Array): boolean {
    if (this.#shown === undefined) return true;
    if (this.#shown === null || this.shownBytes > bytes.length) return false;
    const begin = bytes.subarray(0, this.shownBytes);
    return this.#shown.digest("hex") === nodeCrypto().hash("sha256", begin, "hex");
  }

  /** Writes a line end if the last line has none. */
  async end(): Promise<void> {
    if (this.#lineOpen) await this.#text("\n");
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    const offset = this.shownBytes;
    this.shownBytes += bytes.length;
    if (this.#shown === undefined) this.#shown = nodeCrypto().createHash("sha256");
    this.#shown?.update(bytes);
    const text = this.#decoder.decode(bytes, { stream: true });
    if (this.#output.mode === "json") await this.#output.documentLine("job-log", { offset, text });
    else await this.#text(text);
  }

  async #text(text: string): Promise<void> {
    if (text === "") return;
    this.#lineOpen = !text.endsWith("\n");
    await this.#output.bytes(new TextEncoder().encode(printable(text)));
  }
}

/** Reads a job's log through the home. */
export function asksHome(
  home: Pick<HomeClient, "jobLog">,
  jobId: string,
): (offset: number, waitMs: number) => Promise<JobLogPart> {
  return (offset, waitMs) => home.jobLog({ jobId, offset, waitMs });
}

/**
 * What a job prints, shown while it prints it: asked for by offset, so that nothing is lost or shown twice, and harmless on a terminal.
 *
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import type { JobLogPart } from "../../home/client/home_api.ts";
import type { HomeClient } from "../../shell/home/home_client.ts";
import { type Output, printable } from "../../shell/output.ts";

/** How long a question waits for more, milliseconds. */
const WAIT_MS = 2_000;
/** After a question that failed. */
const PAUSE_MS = 1_000;

/** Where it is written to. */
interface LogShown {
  /** Bytes of the log that were shown. */
  readonly shownBytes: number;
  /** Why nothing more comes; null while all is well. */
  readonly problem: string | null;
  /** Whether the whole log was shown. */
  readonly whole: boolean;
}

/** Shows one job's log from its first byte on. */
export class JobLogLines implements LogShown {
  readonly #output: Output;
  readonly #decoder = new TextDecoder();
  /** Of what was shown from the first byte on; null where some of it was another provider's. */
  #shown: Hash | null = createHash("sha256");
  #lineOpen = false;
  shownBytes = 0;
  problem: string | null = null;
  whole = false;

  /** Text goes to standard output as it comes, JSON one document a part. */
  constructor(output: Output) {
    this.#output = output;
  }

  /** Shows what comes until the log is whole, until the signal, or, without `follow`, until there is no more now. */
  async show(
    ask: (offset: number, waitMs: number) => Promise<JobLogPart>,
    { follow, signal }: { readonly follow: boolean; readonly signal: AbortSignal },
  ): Promise<void> {
    while (!this.whole && !signal.aborted) {
      const part = await ask(this.shownBytes, follow ? WAIT_MS : 0);
      // A log that is shorter than what was shown is another provider's.
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

  /** Shows what is left of a log that a result has, from where this one ended. */
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
   * Shows what is left of a result whose content was printed as it came. A log that is no beginning of the content, which alone is
   * signed, is ended, and the whole content shown.
   */
  async content(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    const shown = createHash("sha256").update(bytes.subarray(0, this.shownBytes)).digest("hex");
    if (this.shownBytes > bytes.length || this.#shown?.digest("hex") !== shown) {
      await this.end();
      this.shownBytes = 0;
    }
    this.#shown = null;
    await this.#write(bytes.subarray(this.shownBytes));
    this.whole = true;
  }

  /** Ends a line that was not ended. */
  async end(): Promise<void> {
    if (this.#lineOpen) await this.#text("\n");
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    const offset = this.shownBytes;
    this.shownBytes += bytes.length;
    this.#shown?.update(bytes);
    const text = this.#decoder.decode(bytes, { stream: true });
    if (this.#output.mode === "json") await this.#output.jsonLine({ offset, text });
    else await this.#text(text);
  }

  async #text(text: string): Promise<void> {
    if (text === "") return;
    this.#lineOpen = !text.endsWith("\n");
    await this.#output.bytes(new TextEncoder().encode(printable(text)));
  }
}

/** Asks a home for a job's log. */
export function asksHome(
  home: Pick<HomeClient, "jobLog">,
  jobId: string,
): (offset: number, waitMs: number) => Promise<JobLogPart> {
  return (offset, waitMs) => home.jobLog({ jobId, offset, waitMs });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}

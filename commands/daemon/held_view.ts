/**
 * The dashboard over a daemon that this process holds: `node up` on a terminal.
 *
 * Held while the dashboard is open: what the daemon writes to its standard error, the last 64 KiB, and warnings. They are printed when it
 * closes.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import type { Invocation } from "../../shell/command.ts";
import { Output } from "../../shell/output.ts";

const MAX_HELD_BYTES = 64 << 10;

/** A dashboard that opens once. */
export class HeldView implements AsyncDisposable {
  readonly #invocation: Invocation;
  readonly #role: string;
  readonly #over = new AbortController();
  readonly #stop = new AbortController();
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #isOpen = false;
  #shown: Promise<void> = Promise.resolve();

  /** Where the daemon's failures and restarts are told. */
  readonly output: Output;

  /** Opens nothing before {@link open}. */
  constructor(invocation: Invocation, role: string) {
    this.#invocation = invocation;
    this.#role = role;
    const { io, globals: { quiet, verbose } } = invocation;
    const { isTerminal } = io.stderr;
    const stderr = { isTerminal, write: (bytes: Uint8Array) => this.error(bytes) };
    this.output = new Output({ ...io, stderr }, { mode: "text", quiet, verbose });
  }

  /** Aborts when the user stops the daemon in the dashboard (Ctrl-C). */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** Shows the dashboard until the user leaves it, or the daemon has ended. Returns at once. */
  open(): void {
    this.#isOpen = true;
    this.#shown = this.#show();
  }

  /** Writes to standard error; while the dashboard is open, after it. */
  readonly error = async (bytes: Uint8Array): Promise<void> => {
    if (!this.#isOpen) return await this.#invocation.io.stderr.write(bytes);
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    while (this.#heldBytes > MAX_HELD_BYTES && this.#held.length > 1) {
      this.#heldBytes -= this.#held.shift()!.length;
    }
  };

  /** Closes the dashboard, because the daemon has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#shown;
  }

  async #show(): Promise<void> {
    const { output, io, signal } = this.#invocation;
    let problem: unknown;
    try {
      const { attachHeld } = await import("../dashboard/attach.ts");
      const ends = AbortSignal.any([signal, this.#over.signal]);
      await attachHeld({ ...this.#invocation, signal: ends }, () => this.#stop.abort());
    } catch (error) {
      if (!signal.aborted && !this.#over.signal.aborted) problem = error;
    }
    this.#isOpen = false;
    for (const bytes of this.#held.splice(0)) await io.stderr.write(bytes);
    if (problem !== undefined) {
      await output.warn(`the dashboard ended: ${messageOf(problem)}`);
    }
    if (signal.aborted || this.#over.signal.aborted) return;
    if (this.#stop.signal.aborted) return await output.note(`Stopping the ${this.#role}`);
    await output.note(
      `The ${this.#role} goes on in this terminal. Ctrl-C stops it; 'crosstown ${this.#role} attach' shows it again.`,
    );
  }
}

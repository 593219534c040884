/**
 * Who asks for a secret on a terminal.
 *
 * @module
 */
import type { Globals } from "../globals.ts";
import type { Io } from "../io.ts";

/** Whoever may be asked, and with which flags. */
export interface Asker {
  readonly globals: Pick<Globals, "nonInteractive" | "passphraseFile" | "passphraseFd">;
  readonly io: Io;
  /** Gives up the question, and the wait for a pipe. */
  readonly signal: AbortSignal;
}

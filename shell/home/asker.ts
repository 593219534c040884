/**
 * The terminal that may be asked for a secret.
 *
 * @module
 */
import type { Globals } from "../globals.ts";
import type { Io } from "../io.ts";

/** The terminal that may be asked, and the flags that may answer. */
export interface Asker {
  readonly globals: Pick<Globals, "nonInteractive" | "passphraseFile" | "passphraseFd">;
  readonly io: Io;
  /** Aborts the question, and the wait for a pipe. */
  readonly signal: AbortSignal;
}

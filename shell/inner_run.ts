/**
 * A command of this program that runs inside this process: the arguments of a command line go in, the JSON document that the command prints
 * comes out.
 *
 * @module
 */
import type { Io } from "./io.ts";

/** The input and callbacks of an inner command. */
export interface InnerOptions {
  readonly env: Io["env"];
  readonly signal?: AbortSignal;
  /** The command's standard input; empty by default. */
  readonly stdin?: string;
  /** Asks a person for a secret. Without it, the command fails where it needs a passphrase from a terminal. */
  readonly askSecret?: Io["askSecret"];
  /** Receives each remark that the command prints for people while it works. */
  readonly onNote?: Io["onNote"];
  /** True if the command prints one document on each line. They are returned as `{"documents":[...]}`. */
  readonly lines?: boolean;
}

/** The exit code and the document of an inner command. */
export interface InnerResult {
  readonly exitCode: number;
  /** The printed document. A failure is `{"error":{"code","message","suggestion"}}`. */
  readonly document: Record<string, unknown>;
}

/** Runs a command of this program inside this process. */
export type InnerRun = (args: readonly string[], options: InnerOptions) => Promise<InnerResult>;

/**
 * A document in quarantine, and what is done about it.
 *
 * @module
 */

/** A document that was set aside. */
export interface QuarantinedDocument {
  /** Rising. */
  readonly quarantineId: number;
  /** Exactly as it came. */
  readonly bytes: Uint8Array;
  /** Why it is here. */
  readonly reason: string;
  /** When it came here, milliseconds since the epoch. */
  readonly atMs: number;
  /** Name of the stage that gave it; empty for one that an older version set aside. */
  readonly source: string;
  /** What that stage knew of it. */
  readonly known: Readonly<Record<string, string | number>>;
  /** Whether it is to be given once more. */
  readonly retry: boolean;
}

/** What is done about a document in quarantine. */
export type QuarantineChange =
  /** Sets a document aside. */
  | {
    readonly op: "quarantine";
    readonly bytes: Uint8Array;
    readonly reason: string;
    readonly atMs: number;
    readonly source: string;
    readonly known: Readonly<Record<string, string | number>>;
  }
  /** Marks it to be given once more, or takes the mark away. */
  | { readonly op: "retryQuarantined"; readonly quarantineId: number; readonly retry: boolean }
  /** It was settled, and goes. */
  | { readonly op: "releaseQuarantined"; readonly quarantineId: number };

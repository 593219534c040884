/**
 * A document in quarantine, and its changes.
 *
 * @module
 */

/** A document that was set aside. */
export interface QuarantinedDocument {
  /** Increases with each row. */
  readonly quarantineId: number;
  /** The bytes as received. */
  readonly bytes: Uint8Array;
  /** Why it was set aside. */
  readonly reason: string;
  /** When it was set aside, milliseconds since the epoch. */
  readonly atMs: number;
  /** Name of the stage that sent it; empty if an older version set it aside. */
  readonly source: string;
  /** Fields that this stage knew of it. */
  readonly known: Readonly<Record<string, string | number>>;
  /** Whether it is marked to be tried once more. */
  readonly retry: boolean;
}

/** A change of a document in quarantine. */
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
  /** Marks it to be tried once more, or removes the mark. */
  | { readonly op: "retryQuarantined"; readonly quarantineId: number; readonly retry: boolean }
  /** Removes it, because it was settled. */
  | { readonly op: "releaseQuarantined"; readonly quarantineId: number };

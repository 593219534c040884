/**
 * What the parts of an audit work with.
 *
 * @module
 */
import type { Log } from "../../base/log/log.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { Store } from "../../store/store.ts";
import type { AuditNames } from "./state_files.ts";

/** What the audit is told. */
export interface AuditOptions {
  /** The state folder, which is the repository. Absolute. */
  readonly folder: string;
  /** `PATH` for git. */
  readonly path: string;
  readonly names: AuditNames;
  /** Where the branch is pushed to as a backup; null or left out for nowhere. */
  readonly remote?: string | null;
  /** Least time between two cycles; 100 unless told. Under load it grows to ten times this. */
  readonly cycleMs?: number;
  /** Most entries of a cycle; 1,024 unless told. */
  readonly cycleEntries?: number;
}

/** What it asks of others. */
export interface AuditServices {
  readonly store: Pick<Store, "journalTip" | "journalAfter" | "commit">;
  /** Signs checkpoints; without it there are none. */
  readonly signer?: Pick<Signer, "signCheckpoint">;
}

/** Clock and log. */
export interface AuditContext {
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly log: Log;
}

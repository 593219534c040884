/**
 * Options, services and context of the audit's parts.
 *
 * @module
 */
import type { Log } from "../../base/log/log.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { Store } from "../../store/store.ts";
import type { AuditNames } from "./state_files.ts";

/** Options of the audit. */
export interface AuditOptions {
  /** The state folder, which is also the repository. Absolute. */
  readonly folder: string;
  /** `PATH` for git. */
  readonly path: string;
  readonly names: AuditNames;
  /** The backup to which the branch is pushed; null or absent for none. */
  readonly remote?: string | null;
  /** How long a cycle collects entries after the first one, in milliseconds; default 1,000. `drain` and the end do not wait. */
  readonly cycleMs?: number;
  /** Most entries of a cycle; default 1,024. */
  readonly cycleEntries?: number;
}

/** The services that it needs. */
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

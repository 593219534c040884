/**
 * Runs what a call to a home needs while the call waits: the pipelines of a daemon, or those that a one-off command starts.
 *
 * @module
 */
import type { SequenceState } from "../../store/sequence_row.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Wanted } from "./home_api.ts";

/** What must run until a call's condition is met. */
export type Need =
  | { readonly need: "sending" }
  /** At least one. */
  | { readonly need: "jobs"; readonly rows: readonly JobRow[]; readonly wanted: Wanted }
  | { readonly need: "sequence"; readonly state: SequenceState }
  | { readonly need: "callbacks" };

/** Runs what a call needs while the call waits. */
export interface HomeWork {
  /** True if all pipelines run all the time. */
  readonly always: boolean;
  /** True if something can be sent, which needs the wallet. */
  readonly sends: boolean;
  /** Runs what `need` names until `wait` has settled. Rejects if it fails before. */
  during<T>(need: Need, signal: AbortSignal, wait: () => Promise<T>): Promise<T>;
  /** Called when something was sent and paid. Work that was postponed until then may start. */
  sent(): void;
  /** Called when there is a sequence to run. */
  sequenceCame(): void;
  /** Reads the relay's answers to these jobs, unless that is done all the time. */
  refresh(jobs: readonly JobRow[]): Promise<void>;
  /** Watches the channels until the signal. */
  watchChannels(signal: AbortSignal): Promise<void>;
}

/** The work of a process whose pipelines run as long as the process. */
export function alwaysAtWork(sequenceCame: () => void): HomeWork {
  return {
    always: true,
    sends: true,
    during: (_need, _signal, wait) => wait(),
    sent() {},
    sequenceCame,
    refresh: () => Promise.resolve(),
    watchChannels: (signal) =>
      new Promise((_, reject) => {
        if (signal.aborted) return reject(signal.reason);
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
  };
}

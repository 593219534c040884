/**
 * What relaySource needs to ask a relay for stored requests or answers.
 *
 * @module
 */
import type { Timers } from "../base/timers.ts";
import type { QueryLimits, QueryResult, RelayDocument } from "../peers/relay/relay_session.ts";
import type { Filter } from "../protocols/nostr/filter.ts";

/** The relay and the tools for asking it. */
export interface Asking {
  readonly query: (filters: readonly Filter[], limits: QueryLimits) => Promise<QueryResult>;
  /** Passes on documents that were not passed on before. The next question waits for it. */
  readonly take: (documents: readonly RelayDocument[]) => Promise<void>;
  readonly clock: () => number;
  readonly timers: Timers;
  readonly count: (counter: string, by?: number) => void;
}

/** The limits of one question. */
export const QUESTION_LIMITS: QueryLimits = {
  timeoutMs: 5_000,
  maxEvents: 1_000,
  maxBytes: 8 * 1024 * 1024,
};

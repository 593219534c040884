/**
 * Requests that the process of a home builds for a command. Its worker for that has often started before, so the command needs none.
 *
 * @module
 */
import { ControlError } from "../../base/control_error.ts";
import type { BuiltRequest, JobFlags } from "../../market/intake.ts";
import type { Market } from "../../market/market_service.ts";
import type { QuoteAsker } from "../../market/quotes/quotes_service.ts";
import type { RelayReader } from "../../market/relay_questions.ts";
import type { Pubkey } from "../../protocols/nostr/event.ts";

/** The methods of a home that plan jobs before anything is stored. `Call` has the other arguments of a call. */
export interface BuildsRequests<Call> {
  /** Starts what planning a job needs. Resolves at once. */
  prepareJob(asked: null, call: Call): Promise<void>;
  /**
   * Builds the request of a job. Nothing is signed or sent. Rejects with InputError, and with `no_wallet` if this process builds no
   * requests.
   */
  buildRequest(
    asked: { readonly flags: JobFlags; readonly buyer: Pubkey },
    call: Call,
  ): Promise<BuiltRequest>;
  /** The same request for one provider. Rejects as {@link BuildsRequests.buildRequest}. */
  assignRequest(
    asked: { readonly built: BuiltRequest; readonly provider: Pubkey },
    call: Call,
  ): Promise<BuiltRequest>;
}

/** The parts of a home that planning a job needs. */
export interface RequestParts {
  /** Null or absent where the wallet cannot sign. */
  readonly market?: Pick<Market, "ready" | "build" | "assign"> | null;
  /** Null or absent if there is no connector. */
  readonly quotes?: QuoteAsker | null;
  readonly relayReader: Partial<Pick<RelayReader, "answers">>;
}

/** Makes the methods. */
export function buildsRequests(
  { market, quotes, relayReader }: RequestParts,
): BuildsRequests<unknown> {
  const withMarket = () => {
    if (market) return market;
    throw new ControlError("no_wallet", "Cannot build a request: this process has no wallet");
  };
  return {
    prepareJob() {
      // A call starts the worker. The service for quotes also connects to the first connector.
      void Promise.allSettled([market?.ready(), relayReader.answers?.(), quotes?.ask([], 0)]);
      // The caller does not wait, so its connection ends at once.
      return Promise.resolve();
    },
    buildRequest: async ({ flags, buyer }) => await withMarket().build(flags, buyer),
    assignRequest: async ({ built, provider }) => await withMarket().assign(built, provider),
  };
}

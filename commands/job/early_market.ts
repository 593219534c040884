/**
 * The worker of the market, for a command that starts it before it needs it.
 *
 * @module
 */
import type { RpcClient } from "../../base/ports/rpc.ts";
import { createSupervisor, type Supervisor } from "../../home/workers/supervisor.ts";
import type { Market } from "../../market/market_service.ts";
import { openMarket } from "./open_market.ts";

/** The worker of the market, started early. It ends when this is disposed of. */
export class EarlyMarket implements AsyncDisposable {
  readonly #supervisor: Supervisor;
  /** Rejects if the worker cannot start. */
  readonly market: Promise<RpcClient<Market>>;

  /** Starts it. */
  constructor() {
    // Calls fail if its worker dies.
    this.#supervisor = createSupervisor({ log: () => undefined, sharesServices: true });
    this.market = openMarket({ supervisor: this.#supervisor });
    this.market.catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Also ends a worker that is still starting.
    await this.#supervisor.stop(0);
  }
}

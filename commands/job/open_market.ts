/**
 * Opens the market: the worker in which a job's texts and a result's content are read. It has no permissions.
 *
 * @module
 */
import type { RpcClient } from "../../base/ports/rpc.ts";
import type { Supervisor } from "../../home/workers/supervisor.ts";
import type { Market } from "../../market/market_service.ts";
import type { JobFlags } from "../../market/intake.ts";
import type { HomeClient } from "../../shell/home/home_client.ts";

/** A request with an input above this size is refused in any case, and would not fit into a message to the home's process. */
const MAX_SENT_BYTES = 1_048_576;

/** Starts the worker. */
export async function openMarket(
  { supervisor }: { readonly supervisor: Pick<Supervisor, "service"> },
): Promise<RpcClient<Market>> {
  return (await supervisor.service("market")).client();
}

/** A command's own worker of the market. It starts with the first call. */
export class OwnMarket implements AsyncDisposable {
  readonly market: Market;
  #supervisor: Promise<Supervisor> | null = null;

  /** Starts nothing. */
  constructor() {
    let opened: Promise<RpcClient<Market>> | undefined;
    const open = async () => await openMarket({ supervisor: await (this.#supervisor ??= make()) });
    this.market = calledLater(() => opened ??= open());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#supervisor?.catch(() => null))?.stop(0);
  }
}

/** Loaded late: a command beside a daemon seldom needs a worker. */
async function make(): Promise<Supervisor> {
  const { createSupervisor } = await import("../../home/workers/supervisor.ts");
  // Calls fail if its worker dies.
  return createSupervisor({ log: () => undefined, sharesServices: true });
}

function calledLater(open: () => Promise<Market>): Market {
  const called = (name: string) => async (...given: unknown[]) => {
    const market = await open() as unknown as Record<string, (...given: unknown[]) => unknown>;
    return await market[name](...given);
  };
  return new Proxy({}, {
    // A promise that resolves to it must not take it for a promise.
    get: (_, name) => typeof name === "symbol" || name === "then" ? undefined : called(name),
  }) as Market;
}

/**
 * The market for a command that plans jobs. If another process serves the home, that process builds the requests, because its worker has
 * started before. The command's own market does everything else.
 */
export function marketOf(
  home: Pick<HomeClient, "about" | "buildRequest" | "assignRequest">,
  { market }: Pick<OwnMarket, "market">,
): Market {
  if (home.about.pid === Deno.pid) return market;
  const there: Pick<Market, "build" | "assign"> = {
    build: (flags, buyer) =>
      isLarge(flags) ? market.build(flags, buyer) : home.buildRequest({ flags, buyer }),
    assign: (built, provider) => home.assignRequest({ built, provider }),
  };
  return new Proxy(market, {
    get: (own, name) =>
      Object.hasOwn(there, name) ? Reflect.get(there, name) : Reflect.get(own, name),
  });
}

function isLarge({ input, stdin, packed, params }: JobFlags): boolean {
  const texts = [input, ...packed?.input ?? [], ...params.map(([, value]) => value)];
  const bytes = [stdin, packed?.large].map((each) => each?.length ?? 0);
  const sum = texts.reduce((sum, text) => sum + (text?.length ?? 0), 0);
  return bytes.reduce((sum, each) => sum + each, sum) > MAX_SENT_BYTES;
}

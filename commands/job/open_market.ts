/**
 * Opens the market: the worker in which a job's texts and a result's content are read. It has no permissions.
 *
 * @module
 */
import { type RpcClient, RpcError } from "../../base/ports/rpc.ts";
import { codeOf } from "../../base/thrown.ts";
import type { Supervisor } from "../../home/workers/supervisor.ts";
import type { Market } from "../../market/market_service.ts";
import type { JobFlags } from "../../market/intake.ts";
import type { HomeClient } from "../../shell/home/home_client.ts";

/** A request with an input above this size is refused in any case, so it is not sent to the home's process. A message has at most 4 MiB. */
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
  #closed = false;

  /** Starts nothing. */
  constructor() {
    let opened: Promise<RpcClient<Market>> | undefined;
    this.market = calledLater(() => opened ??= this.#open());
  }

  async #open(): Promise<RpcClient<Market>> {
    if (this.#closed) throw new RpcError("closed", "Cannot call the market: the command has ended");
    return await openMarket({ supervisor: await (this.#supervisor ??= make()) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
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
    // Otherwise `await` would call `then` as a method of the market.
    get: (_, name) => typeof name === "symbol" || name === "then" ? undefined : called(name),
  }) as Market;
}

/**
 * The market for a command that plans jobs. If another process serves the home, that process builds the requests, because its worker has
 * often started before. The command's own market does everything else, and builds them if the connection or that process's market has ended.
 */
export function marketOf(
  home: Pick<HomeClient, "about" | "buildRequest" | "assignRequest">,
  { market }: Pick<OwnMarket, "market">,
): Market {
  if (home.about.pid === Deno.pid) return market;
  // Nothing is signed, so building a request twice changes nothing.
  const orHere = async <Answer>(there: () => Promise<Answer>, here: () => Promise<Answer>) => {
    try {
      return await there();
    } catch (error) {
      if (codeOf(error) === "closed") return await here();
      throw error;
    }
  };
  const there: Pick<Market, "build" | "assign"> = {
    async build(flags, buyer) {
      const here = () => market.build(flags, buyer);
      return isLarge(flags)
        ? await here()
        : await orHere(() => home.buildRequest({ flags, buyer }), here);
    },
    assign: (built, provider) =>
      orHere(
        () => home.assignRequest({ built, provider }),
        () => market.assign(built, provider),
      ),
  };
  return new Proxy(market, {
    get: (own, name) =>
      Object.hasOwn(there, name) ? Reflect.get(there, name) : Reflect.get(own, name),
  });
}

/** Starts the command's own worker early if planning will read answers that this home has compared. */
export function startIfCompared(home: Pick<HomeClient, "read">, market: Market): void {
  home.read((store) => store.verificationLeads(1))
    .then(async ([lead]) => void (lead !== undefined && await market.ready()))
    .catch(() => undefined);
}

function isLarge({ input, stdin, packed, params }: JobFlags): boolean {
  const texts = [input, ...packed?.input ?? [], ...params.map(([, value]) => value)];
  const bytes = [stdin, packed?.large].map((each) => each?.length ?? 0);
  const sum = texts.reduce((sum, text) => sum + (text?.length ?? 0), 0);
  return bytes.reduce((sum, each) => sum + each, sum) > MAX_SENT_BYTES;
}

/**
 * Opens the worker in which a command reads a job's texts and a result's content.
 *
 * @module
 */
import type { RpcClient } from "../../base/ports/rpc.ts";
import type { Supervisor } from "../../home/workers/supervisor.ts";
import type { Market } from "../../market/market_service.ts";

/** The worker that builds requests and reads results. It has no permissions. */
export async function openMarket(
  { supervisor }: { readonly supervisor: Pick<Supervisor, "service"> },
): Promise<RpcClient<Market>> {
  return (await supervisor.service("market")).client();
}

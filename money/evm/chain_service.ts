/**
 * The chain as a service in its own worker. With RPC addresses it may only reach their hosts. With a facts file it may only read that
 * file. It reads the file once, because the facts of a network do not change until the network is made again.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type { Log } from "../../base/log/log.ts";
import type { OpenEvmChain } from "./evm_chain.ts";
import type { EvmChainOptions } from "./evm_options.ts";
import { rpcHost } from "./rpc_endpoint.ts";
import type { EvmChain, GasMarket } from "./chain_connection.ts";

/** The source of channel facts: a chain, a file, or none. Without a source, no channel is known. */
export interface ChainServiceOptions {
  /** The profile's facts file, if it has no chain. */
  readonly factsFile: string | null;
  /** The chain. It has precedence over a facts file. */
  readonly evm?: EvmChainOptions | null;
}

/** The methods: all of {@link EvmChain}, and the price of gas. Without RPC addresses only `channel` answers. */
const CHAIN_METHODS = [
  "channel",
  "contracts",
  "head",
  "funds",
  "faucetLimit",
  "transactionCount",
  "quote",
  "feePerGasWei",
  "simulate",
  "broadcast",
  "transaction",
  "channelsBetween",
  "channelEvents",
] as const satisfies readonly (keyof (EvmChain & GasMarket))[];

/** For the host: the service `chain`. */
export const definition = defineService({
  name: "chain",
  methods: CHAIN_METHODS,
  permissions: (
    { factsFile, evm }: ChainServiceOptions,
  ): { readonly read?: readonly string[]; readonly net?: readonly string[] } => {
    if (evm) return { net: [...new Set(evm.rpcUrls.map(rpcHost))] };
    return factsFile === null ? {} : { read: [factsFile] };
  },
  async start(
    { factsFile, evm }: ChainServiceOptions,
    _services: unknown,
    context: { readonly log: Log },
  ): Promise<EvmChain & GasMarket> {
    // Imported here, because the supervisor loads this file only for its permissions.
    if (evm) {
      const { evmChain } = await import("./evm_chain.ts");
      const { systemTimers } = await import("../../base/timers.ts");
      return evmChain(evm, { timers: systemTimers, log: context.log });
    }
    const { fixedChain, parseChainFacts } = await import("./fixed_chain.ts");
    const { withoutRpc } = await import("./no_rpc.ts");
    if (factsFile === null) return withoutRpc(fixedChain([]));
    return withoutRpc(fixedChain(parseChainFacts(await Deno.readTextFile(factsFile))));
  },
  stop(service: EvmChain): Promise<void> {
    (service as Partial<OpenEvmChain>).close?.();
    return Promise.resolve();
  },
});

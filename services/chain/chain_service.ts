/**
 * The chain as a service in a worker of its own. With a facts file it may read that file and nothing else; the file is read once,
 * as what is in it is a network's constitution until it is made anew.
 *
 * @module
 */
import type { Chain } from "./chain.ts";
import { fixedChain, parseChainFacts } from "./fixed_chain.ts";

/** Where the channels' figures are. */
export interface ChainServiceOptions {
  /** The profile's facts file; null where the profile has none: then no channel is known. */
  readonly factsFile: string | null;
}

/** For the host: the service `chain`. */
export const definition = {
  name: "chain",
  methods: ["channel"] as const,
  permissions: ({ factsFile }: ChainServiceOptions): { readonly read?: readonly string[] } =>
    factsFile === null ? {} : { read: [factsFile] },
  async start({ factsFile }: ChainServiceOptions): Promise<Chain> {
    if (factsFile === null) return fixedChain([]);
    return fixedChain(parseChainFacts(await Deno.readTextFile(factsFile)));
  },
};

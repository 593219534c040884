/**
 * The market's reading of what is foreign or large, in a worker of its own, so that the main thread parses none of it: a buyer's
 * input (which it may read) and a result's content.
 *
 * @module
 */
import type { Pubkey } from "../../protocols/nostr/event.ts";
import type { BuiltRequest, JobFlags } from "./intake.ts";
import type { PackedInput } from "./pack_input.ts";
import type { PrintedResult } from "./read_result.ts";

/** What may be asked. */
export interface Market {
  /** Reads and packs an input for a request that is built later. */
  pack(flags: Pick<JobFlags, "input" | "stdin" | "limitBytes">): Promise<PackedInput | null>;
  build(flags: JobFlags, buyer: Pubkey): Promise<BuiltRequest>;
  assign(built: BuiltRequest, provider: Pubkey): Promise<BuiltRequest>;
  /** The printed result of an accepted result event's bytes, or of a provider's own, which is kept as it was before it was signed. */
  readResult(requestKind: number, document: Uint8Array): Promise<PrintedResult>;
}

/** What it may read. */
export interface MarketOptions {
  /** The job's input, where it is a file or folder. */
  readonly inputPaths: readonly string[];
  readonly path: string;
}

/** For the host: the service `market`. */
export const definition = {
  name: "market",
  methods: ["pack", "build", "assign", "readResult"] as const,
  permissions: (
    { inputPaths }: MarketOptions,
  ): { readonly read?: readonly string[]; readonly run?: readonly string[] } =>
    inputPaths.length === 0 ? {} : { read: inputPaths, run: ["git"] },
  async start(
    options: MarketOptions,
    _services: unknown,
    context: { readonly clock: () => number },
  ): Promise<Market> {
    // Loaded where it runs: the supervisor reads this file for its permissions alone.
    const { intake } = await import("./intake.ts");
    const { readResultDocument } = await import("./read_result_document.ts");
    const { pack, build, assign } = intake({ clock: context.clock, path: options.path });
    return {
      pack,
      build,
      assign: (built, provider) => Promise.resolve(assign(built, provider)),
      readResult: readResultDocument,
    };
  },
};

/**
 * Asks for quotes in a worker that can reach only the connectors and calls the signer over a port. It connects at the first question,
 * or when it is asked without one, and keeps the session for the next ones.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type { Log } from "../../base/log/log.ts";
import type { GateDeps, GateOptions } from "../terms/announced_terms_gate.ts";
import type { AnnouncedConnector } from "../terms/connector_validity.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { FreeConnector } from "../../peers/connector/free_routes.ts";
import type { WireName } from "../../protocols/wires/names.ts";
import type { QuoteAnswer, QuoteQuestion } from "./ask_quotes.ts";
import type { Quote } from "../../protocols/nostr/job_quote.ts";

/** How to reach the connectors, and the network's asset and chain. Everything survives a structured clone. */
export interface QuotesOptions {
  readonly connectors: readonly FreeConnector[];
  /** Those of them whose terms were accepted. No quote is asked for over one to which nothing could be paid. */
  readonly announced: readonly AnnouncedConnector[];
  /** The name of the network's profile. */
  readonly network: string;
  readonly wire: WireName;
  readonly asset: Quote["asset"];
  readonly chain: Quote["chain"] & Pick<GateOptions["chain"], "tokenAddress">;
}

/** What the service calls. */
interface QuotesRemotes extends Pick<GateDeps, "store" | "relayReader"> {
  readonly signer: Signer;
}

/** The methods of the service. */
export interface QuoteAsker {
  /** See `askQuotes()`. Without questions, it connects to the first connector, so that the next call need not wait for that. */
  ask(questions: readonly QuoteQuestion[], windowMs: number): Promise<QuoteAnswer[]>;
}

/** For the host: the service `quotes`. */
export const definition = defineService({
  name: "quotes",
  shares: true,
  methods: ["ask"] as const,
  services: ["signer", "store", "relayReader"] as const,
  permissions: ({ connectors }: QuotesOptions) => ({ net: connectors.map(({ host }) => host) }),
  async start(
    options: QuotesOptions,
    { signer, store, relayReader }: QuotesRemotes,
    context: { readonly log: Log },
  ): Promise<QuoteAsker & { close(): Promise<void> }> {
    // Imported here, because the supervisor loads this file only for its permissions.
    const [{ askQuotes }, { freeRoutes }, { wireOf }, { createVerifier }, { systemTimers }] =
      await Promise.all([
        import("./ask_quotes.ts"),
        import("../../peers/connector/free_routes.ts"),
        import("../../protocols/wires/wires.ts"),
        import("../../protocols/nostr/verifier.ts"),
        import("../../base/timers.ts"),
      ]);
    const verifier = await createVerifier();
    const { asset, connectors, chain: { chainId, tokenNetworkAddress } } = options;
    const chain = { chainId, tokenNetworkAddress };
    const gates = await gatesOf(options, { store, relayReader, timers: systemTimers, ...context });
    const deps = { timers: systemTimers, random: Math.random, log: context.log };
    const packets = freeRoutes(
      connectors,
      wireOf(options.wire),
      deps,
      ({ url }) => gates.get(url)?.() ?? Promise.resolve(null),
    );
    const { send } = packets;
    return {
      ask(questions, windowMs) {
        if (questions.length === 0) packets.prepare().catch(() => undefined);
        return askQuotes(questions, windowMs, {
          signer,
          verifier,
          send,
          asset,
          chain,
          timers: systemTimers,
        });
      },
      close() {
        packets[Symbol.dispose]();
        return Promise.resolve();
      },
    };
  },
  stop: (asker: { close(): Promise<void> }): Promise<void> => asker.close(),
});

/** The checks of the connectors whose terms were accepted, by their URL. */
async function gatesOf(
  { announced, network, chain }: QuotesOptions,
  deps: GateDeps,
): Promise<ReadonlyMap<string, () => Promise<string | null>>> {
  if (announced.length === 0) return new Map();
  const { announcedTermsGate } = await import("../terms/announced_terms_gate.ts");
  const gate = announcedTermsGate({ network, chain }, deps);
  return new Map(announced.map((each) => [each.url, gate(each).barred!]));
}

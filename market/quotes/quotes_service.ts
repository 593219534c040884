/**
 * Asks for quotes in a worker that can reach only the connector and calls the signer over a port. It connects at the first question and
 * keeps the session for the next ones.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type { Log } from "../../base/log/log.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { WireName } from "../../protocols/wires/names.ts";
import type { QuoteAnswer, QuoteQuestion } from "./ask_quotes.ts";
import type { Quote } from "../../protocols/nostr/job_quote.ts";

/** How to reach the connector, and the network's asset and chain. Everything survives a structured clone. */
export interface QuotesOptions {
  readonly connectorBtp: string;
  readonly auth: { readonly username: string; readonly token: string } | null;
  readonly wire: WireName;
  /** `host:port` of the connector. */
  readonly host: string;
  readonly asset: Quote["asset"];
  readonly chain: Quote["chain"];
}

/** The methods of the service. */
export interface QuoteAsker {
  /** See `askQuotes()`. */
  ask(questions: readonly QuoteQuestion[], windowMs: number): Promise<QuoteAnswer[]>;
}

/** For the host: the service `quotes`. */
export const definition = defineService({
  name: "quotes",
  methods: ["ask"] as const,
  services: ["signer"] as const,
  permissions: ({ host }: QuotesOptions) => ({ net: [host] }),
  async start(
    options: QuotesOptions,
    { signer }: { readonly signer: Signer },
    context: { readonly log: Log },
  ): Promise<QuoteAsker & { close(): Promise<void> }> {
    // Imported here, because the supervisor loads this file only for its permissions.
    const [{ askQuotes }, { freePackets }, { wireOf }, { createVerifier }, { systemTimers }] =
      await Promise.all([
        import("./ask_quotes.ts"),
        import("../../peers/connector/free_packets.ts"),
        import("../../protocols/wires/wires.ts"),
        import("../../protocols/nostr/verifier.ts"),
        import("../../base/timers.ts"),
      ]);
    const verifier = await createVerifier();
    const { asset, chain, connectorBtp, auth } = options;
    let packets: ReturnType<typeof freePackets> | null = null;
    return {
      ask(questions, windowMs) {
        packets ??= freePackets(
          { connectorBtp, auth, wire: wireOf(options.wire) },
          { timers: systemTimers, random: Math.random, log: context.log },
        );
        const { send } = packets;
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
        packets?.[Symbol.dispose]();
        return Promise.resolve();
      },
    };
  },
  stop: (asker: { close(): Promise<void> }): Promise<void> => asker.close(),
});

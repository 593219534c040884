/**
 * Asks for terms by SPSP, in a worker that can reach one relay and one connector, and calls the signer over a port.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type { Wire } from "../../protocols/btp/wire.ts";
import { relayHost } from "../relay_reader_service.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { Log } from "../../base/log/log.ts";
import type { SpspAnswer, SpspQuestion } from "./spsp_requester.ts";

/** The relay and the connector. Everything survives a structured clone. */
export interface SpspServiceOptions {
  /** Null if the relay must not be asked. */
  readonly relayUrl: string | null;
  /** Null if there is no connector, or the peer's ILP address is not known. */
  readonly connector: {
    readonly connectorBtp: string;
    readonly auth: { readonly username: string; readonly token: string } | null;
    readonly wire: Wire["name"];
    /** The peer's ILP address. */
    readonly destination: string;
    /** `host:port`. */
    readonly host: string;
  } | null;
}

/** The methods of the service. */
interface SpspAsker {
  /** Rejects with TermsError `no_answer`. */
  ask(question: Pick<SpspQuestion, "peerPubkey" | "chainId" | "offer">): Promise<SpspAnswer>;
}

/** For the host: the service `spsp`. */
export const definition = defineService({
  name: "spsp",
  methods: ["ask"] as const,
  services: ["signer"] as const,
  permissions: ({ relayUrl, connector }: SpspServiceOptions) => ({
    net: [
      ...(relayUrl === null ? [] : [relayHost(relayUrl)]),
      ...(connector === null ? [] : [connector.host]),
    ],
  }),
  async start(
    options: SpspServiceOptions,
    { signer }: { readonly signer: Signer },
    context: { readonly clock: () => number; readonly log: Log },
  ): Promise<SpspAsker> {
    // Imported here, because the supervisor loads this file only for its permissions.
    const [
      requester,
      ways,
      { openRelaySession },
      { wireOf },
      { createVerifier },
      { systemTimers },
    ] = await Promise.all([
      import("./spsp_requester.ts"),
      import("./spsp_ways.ts"),
      import("../../peers/relay/open_relay_session.ts"),
      import("../../protocols/wires/wires.ts"),
      import("../../protocols/nostr/verifier.ts"),
      import("../../base/timers.ts"),
    ]);
    const verifier = await createVerifier();
    return {
      async ask(question) {
        const { connector, relayUrl } = options;
        using stack = new DisposableStack();
        const byIlp = connector === null ? null : stack.use(ways.spspByIlp(
          { ...connector, wire: wireOf(connector.wire) },
          { timers: systemTimers, random: Math.random, log: context.log },
        ));
        const session = relayUrl === null
          ? null
          : stack.use(openRelaySession({ url: relayUrl, clock: context.clock, signer }));
        return await requester.askBySpsp({
          ...question,
          signer,
          ways: {
            byIlp: byIlp?.send ?? null,
            byRelay: session === null ? null : ways.spspByRelay(session),
          },
          verifier,
          clock: context.clock,
          uuid: () => crypto.randomUUID(),
          timers: systemTimers,
        });
      },
    };
  },
});

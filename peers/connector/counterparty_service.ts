/**
 * Asks the connector of a channel for the claims of ours that it knows (docs/money.md#channels). Each question opens a separate session,
 * which pays nothing. The worker may reach only the connectors.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type { Log } from "../../base/log/log.ts";
import type { Counterparty } from "../../money/channels/manager_options.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { ConnectorClientOptions } from "./client_options.ts";

/** The connectors, how to sign in to them, and the chain and contract of the channels. */
export interface CounterpartyOptions extends Pick<ConnectorClientOptions, "wire" | "senderId"> {
  readonly connectors: readonly AskedConnector[];
  readonly chain: Omit<ConnectorClientOptions["chain"], "tokenAddress">;
}

interface AskedConnector extends Pick<ConnectorClientOptions, "url" | "auth" | "publicOnly"> {
  /** The other party of the channels with this connector. */
  readonly peerAddress: string;
  /** `host:port`. Nothing else may be reached. */
  readonly host: string;
}

/** For the host: the service `counterparty`. */
export const definition = defineService({
  name: "counterparty",
  methods: ["claimState"] as const,
  services: ["signer"] as readonly string[],
  permissions: ({ connectors }: CounterpartyOptions) => ({
    net: connectors.map(({ host }) => host),
  }),
  start(
    options: CounterpartyOptions,
    { signer }: { readonly signer: Pick<Signer, "signChallenge"> },
    context: { readonly log: Log },
  ): Promise<Counterparty> {
    return Promise.resolve({
      async claimState(channelId, peerAddress) {
        const { connectors, wire, chain, senderId } = options;
        const asked = connectors.find((each) =>
          each.peerAddress.toLowerCase() === peerAddress.toLowerCase()
        );
        if (asked === undefined) return null;
        // These modules are loaded at the first question, because most commands never ask, and they are half of the worker's code.
        const [{ askOnce }, { wireOf }, { systemTimers }, { makeProof }] = await Promise.all([
          import("./ask_once.ts"),
          import("../../protocols/wires/wires.ts"),
          import("../../base/timers.ts"),
          import("./channel_proof.ts"),
        ]);
        const { url, auth, publicOnly } = asked;
        return await askOnce({
          url,
          publicOnly,
          auth: auth ?? wireOf(wire).namelessAuth(senderId),
          wire: wireOf(wire),
          log: context.log,
          // Without a username, only the channel's key identifies our account.
          proof: auth === null
            ? () => makeProof(signer, { ...chain, channelId }, systemTimers.now())
            : undefined,
        }, channelId);
      },
    });
  },
});

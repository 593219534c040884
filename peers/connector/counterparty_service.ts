/**
 * Asks a connector for the claims of ours that it knows on a channel (docs/money.md#channels). Each question opens a separate session,
 * which pays nothing. The worker may reach only the connector.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type { Log } from "../../base/log/log.ts";
import type { Counterparty } from "../../money/channels/manager_options.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { ConnectorClientOptions } from "./client_options.ts";

/** The connector, how to sign in to it, and the chain and contract of the channels. */
export interface CounterpartyOptions
  extends Pick<ConnectorClientOptions, "url" | "auth" | "wire" | "senderId"> {
  readonly chain: Omit<ConnectorClientOptions["chain"], "tokenAddress">;
  /** `host:port`, the only address that may be reached. */
  readonly host: string;
}

/** For the host: the service `counterparty`. */
export const definition = defineService({
  name: "counterparty",
  methods: ["claimState"] as const,
  services: ["signer"] as readonly string[],
  permissions: ({ host }: CounterpartyOptions) => ({ net: [host] }),
  start(
    options: CounterpartyOptions,
    { signer }: { readonly signer: Pick<Signer, "signChallenge"> },
    context: { readonly log: Log },
  ): Promise<Counterparty> {
    return Promise.resolve({
      async claimState(channelId) {
        // These modules are loaded at the first question, because most commands never ask, and they are half of the worker's code.
        const [{ askOnce }, { wireOf }, { systemTimers }, { makeProof }] = await Promise.all([
          import("./ask_once.ts"),
          import("../../protocols/wires/wires.ts"),
          import("../../base/timers.ts"),
          import("./channel_proof.ts"),
        ]);
        const { url, auth, wire, chain, senderId } = options;
        return await askOnce({
          url,
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

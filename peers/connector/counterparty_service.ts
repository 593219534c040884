/**
 * Asks a connector for what it knows of our claims on a channel (docs/money.md#channels), over a session of its own that pays nothing, in a worker
 * that reaches the connector and nothing else.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type { Log } from "../../base/log/log.ts";
import type { Counterparty } from "../../money/channels/manager_options.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { ConnectorClientOptions } from "./client_options.ts";

/** Which connector, how to sign in there, and whose channels are asked about. */
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
        // Loaded at the first question: most commands never ask, and these modules are half of what the worker would load.
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
          // Without a name, only the channel's key tells the connector whose account is asked for.
          proof: auth === null
            ? () => makeProof(signer, { ...chain, channelId }, systemTimers.now())
            : undefined,
        }, channelId);
      },
    });
  },
});

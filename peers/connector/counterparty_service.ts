/**
 * Asks a connector for what it knows of our claims on a channel (docs/money.md#channels), over a session of its own that pays nothing, in a worker
 * that reaches the connector and nothing else.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type { Log } from "../../base/log/log.ts";
import type { Counterparty } from "../../money/channels/manager_options.ts";
import type { ClaimState } from "../../money/claims/claim_ack.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { ConnectorClientOptions } from "./client_options.ts";

/** Which connector, how to sign in there, and whose channels are asked about. */
export interface CounterpartyOptions
  extends Pick<ConnectorClientOptions, "url" | "auth" | "wire" | "senderId"> {
  readonly chain: Omit<ConnectorClientOptions["chain"], "tokenAddress">;
  /** `host:port`, the only address that may be reached. */
  readonly host: string;
}

const CONNECT_MS = 5_000;

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
        // Loaded where it runs, when it is asked for the first time: most commands never ask, and it is half of what they would load.
        const [{ Dialer }, { wireOf }, { systemTimers }, { askClaimState }, { makeProof }] =
          await Promise.all([
            import("./dialer.ts"),
            import("../../protocols/wires/wires.ts"),
            import("../../base/timers.ts"),
            import("./session_link.ts"),
            import("./channel_proof.ts"),
          ]);
        const { promise, resolve } = Promise.withResolvers<ClaimState | null>();
        const { url, auth, wire, chain, senderId } = options;
        const dialer = new Dialer({
          url,
          auth: auth ?? wireOf(wire).namelessAuth(senderId),
          wire: wireOf(wire),
          timers: systemTimers,
          random: Math.random,
          log: context.log,
          // Without a name the channel's key is all that says whose account is asked for.
          proof: auth === null
            ? () => makeProof(signer, { ...chain, channelId }, systemTimers.now())
            : undefined,
          onSession: (session) => void askClaimState(session, channelId).then(resolve),
          onEnd: () => {},
          onMessage: () => Promise.resolve(null),
          onStatus: ({ state }) => {
            if (state !== "connecting" && state !== "connected") resolve(null);
          },
        });
        const cancel = systemTimers.after(CONNECT_MS, () => resolve(null));
        try {
          return await promise;
        } finally {
          cancel();
          dialer.close();
        }
      },
    });
  },
});

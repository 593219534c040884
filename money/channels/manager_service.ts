/**
 * The channel manager as a service, in a worker without any permission. It signs nothing itself, and uses the services of the chain, the
 * store and the signer.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type { EvmChain, GasMarket } from "../evm/chain_connection.ts";
import type { Store } from "../../store/store.ts";
import type { ChannelManager } from "../claims/channel_manager.ts";
import type { Log } from "../../base/log/log.ts";
import type { MoneyMover } from "./money_mover.ts";
import type { OpenChannelManager } from "./channel_manager.ts";
import type {
  ChannelManagerOptions,
  ChannelManagerSigner,
  Counterparty,
} from "./manager_options.ts";

/** Every method of {@link ChannelManager} and {@link MoneyMover}. */
const METHODS: readonly (keyof (ChannelManager & MoneyMover))[] = [
  "ensure",
  "open",
  "deposit",
  "close",
  "settle",
  "claim",
  "recover",
  "plan",
  "list",
  "refusesPackets",
  "halt",
  "configure",
  "watch",
  "closeDown",
  "move",
  "price",
];

/** The services that it calls. `counterparty` is present if the peer can be asked for its claim state. */
interface ChannelManagerRemotes {
  readonly store: Store;
  readonly signer: ChannelManagerSigner;
  readonly chain: EvmChain & GasMarket;
  readonly counterparty?: Counterparty;
}

/** The options of the service. */
export interface ChannelManagerServiceOptions extends ChannelManagerOptions {
  /** Whether the service starts to watch at its start, as in a daemon. Default: false. */
  readonly watchAtStart?: boolean;
}

/** For the host: the service `channel-manager`. */
export const definition = defineService({
  name: "channel-manager",
  shares: true,
  methods: METHODS,
  permissions: (_options: ChannelManagerServiceOptions): Record<string, never> => ({}),
  services: ["store", "signer", "chain"] as readonly string[],
  async start(
    options: ChannelManagerServiceOptions,
    remotes: ChannelManagerRemotes,
    context: { readonly log: Log },
  ): Promise<OpenChannelManager> {
    // Imported here, because the supervisor loads this file only for its permissions.
    const { createChannelManager } = await import("./channel_manager.ts");
    const { systemTimers } = await import("../../base/timers.ts");
    const manager = createChannelManager(options, {
      ...remotes,
      timers: systemTimers,
      log: context.log,
    });
    if (options.watchAtStart) void manager.watch();
    return manager;
  },
  mayRest: (manager: OpenChannelManager): boolean => manager.mayRest(),
  stop: (manager: OpenChannelManager): Promise<void> => manager.stop(),
});

/** The same service with a counterparty that can be asked (docs/money.md#channels). */
export const provableDefinition = {
  ...definition,
  services: ["store", "signer", "chain", "counterparty"] as readonly string[],
};

/**
 * The channel manager as a service in a worker without any permission: it signs nothing itself, and reaches the chain and the store
 * through their own services.
 *
 * @module
 */
import type { EvmChain, GasMarket } from "../evm/chain_connection.ts";
import type { Store } from "../../store/store.ts";
import type { ChannelKeeper } from "../claims/keeper.ts";
import type { MoneyLog } from "../../base/log/money_log.ts";
import type { MoneyMover } from "./money_mover.ts";
import type { OpenKeeper } from "./channel_manager.ts";
import type { Counterparty, KeeperOptions, KeeperSigner } from "./keeper_options.ts";

/** Every method of {@link ChannelKeeper} and {@link MoneyMover}. */
export const KEEPER_METHODS: readonly (keyof (ChannelKeeper & MoneyMover))[] = [
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
  "watch",
  "closeDown",
  "move",
  "price",
];

/** What the service calls: `counterparty` where somebody can ask the peer for its claim state. */
export interface KeeperRemotes {
  readonly store: Store;
  readonly signer: KeeperSigner;
  readonly chain: EvmChain & GasMarket;
  readonly counterparty?: Counterparty;
}

/** What the worker is given at its start. */
export interface KeeperServiceOptions extends KeeperOptions {
  /** Begins to watch by itself, as a daemon does; false unless told. */
  readonly watchAtStart?: boolean;
}

/** For the host: the service `channel-keeper`. */
export const definition = {
  name: "channel-keeper",
  methods: KEEPER_METHODS,
  permissions: (_options: KeeperServiceOptions): Record<string, never> => ({}),
  services: ["store", "signer", "chain"] as readonly string[],
  async start(
    options: KeeperServiceOptions,
    remotes: KeeperRemotes,
    context: { readonly log: MoneyLog },
  ): Promise<OpenKeeper> {
    // Loaded where it runs: the supervisor reads this file for its permissions alone.
    const { createKeeper } = await import("./channel_manager.ts");
    const { systemTimers } = await import("../../base/timers.ts");
    const keeper = createKeeper(options, { ...remotes, timers: systemTimers, log: context.log });
    if (options.watchAtStart) void keeper.watch();
    return keeper;
  },
  stop: (keeper: OpenKeeper): Promise<void> => keeper.stop(),
} as const;

/** The same with a counterparty that can be asked (docs/money.md#channels). */
export const provableDefinition = {
  ...definition,
  services: ["store", "signer", "chain", "counterparty"] as readonly string[],
};

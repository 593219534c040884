/**
 * Tells users about automatic deposits: before a payment that may need one that is not allowed, and after each deposit.
 *
 * @module
 */
import { isUsable } from "../store/channel_status.ts";
import { formatUnits } from "../protocols/ilp/asset.ts";
import {
  type AutoDepositRule,
  autoDepositsToday,
  insufficientText,
  refusesAutoDeposit,
  usedUnits,
} from "../money/claims/auto_deposit.ts";
import { nameOf } from "../money/channels/views.ts";
import type { Config } from "../config/config.ts";
import type { ChannelRow, Store } from "../store/store.ts";
import { CommandError } from "./errors.ts";
import type { Output } from "./output.ts";

type Rows = Pick<Store, "listChainChannels" | "payerChannel" | "openOutgoing">;

/** The rule for automatic deposits in this configuration. */
function autoDepositRule({ get }: Config): AutoDepositRule {
  return { enabled: get("channel.auto_deposit"), perDay: get("channel.auto_deposits_per_day") };
}

/**
 * Throws CommandError `insufficient_balance` if a payment of `requiredUnits` needs a deposit that may not be made automatically. It is
 * called before anything is posted or paid.
 */
export async function checkBalance(
  config: Config,
  store: Rows,
  requiredUnits: bigint,
  nowMs: number,
): Promise<void> {
  const { peer, chain, asset } = config.profile;
  if (peer === null || chain.rpcUrls.length === 0 || requiredUnits === 0n) return;
  const rows = await rowsWith(config, store);
  const refused = refusesAutoDeposit(autoDepositRule(config), rows, nowMs);
  if (refused === null) return;
  const open = rows.filter(({ status, halted }) => status === "open" && halted === null);
  // The channel manager decides about channels that are being opened or recovered, and its limit on automatic openings applies.
  if (open.length < rows.filter(isAlive).length) return;
  if (open.length === 0 && autoDepositRule(config).enabled) return;
  const left = await Promise.all(
    open.map(async (row) => ({
      row,
      units: row.depositUnits - await usedUnits(store, row.channelId),
    })),
  );
  const [best] = left.toSorted((a, b) => a.units > b.units ? -1 : 1);
  if (best !== undefined && best.units >= requiredUnits) return;
  const missing = formatUnits(requiredUnits - (best?.units ?? 0n), asset).split(" ")[0];
  throw new CommandError(
    "insufficient_balance",
    insufficientText(best?.units ?? 0n, requiredUnits, asset),
    best === undefined
      ? `${refused}: run 'crosstown channel open --deposit ${missing}' or more`
      : `${refused}: run 'crosstown channel deposit ${nameOf(best.row)} ${missing}' or more`,
  );
}

/** Reports automatic deposits since it was made. */
export class AutoDepositWatch {
  #known: ReadonlyMap<string, bigint> | null = null;

  /** For one command. */
  constructor(readonly config: Config, readonly output: Pick<Output, "note">) {}

  /** The first call notes the existing deposits. Each later call prints new ones. */
  async look(store: Pick<Store, "listChainChannels">, nowMs: number): Promise<void> {
    const { profile: { asset } } = this.config;
    const rows = await rowsWith(this.config, store);
    const before = this.#known;
    this.#known = new Map(rows.map((row) => [row.ref, row.autoDepositedUnits]));
    if (before === null) return;
    const { perDay } = autoDepositRule(this.config);
    for (const row of rows) {
      const added = row.autoDepositedUnits - (before.get(row.ref) ?? 0n);
      if (added <= 0n) continue;
      const what = before.has(row.ref)
        ? `into ${nameOf(row)} (${autoDepositsToday([row], nowMs)} of ${perDay} today)`
        : `with a new channel`;
      await this.output.note(
        `deposited ${
          formatUnits(added, asset)
        } ${what} automatically; auto_deposit = false under [channel] turns this off`,
      );
    }
  }
}

async function rowsWith(
  { profile: { peer, chain } }: Config,
  store: Pick<Store, "listChainChannels">,
): Promise<readonly ChannelRow[]> {
  if (peer === null) return [];
  const rows = await store.listChainChannels({ chainId: chain.chainId });
  return rows.filter(({ peerAddress }) => peerAddress === peer.address.toLowerCase());
}

function isAlive({ status }: ChannelRow): boolean {
  return isUsable(status);
}

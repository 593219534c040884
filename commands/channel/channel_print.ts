/**
 * Channels, receipts and plans as documents, tables and text.
 *
 * @module
 */
import type {
  ChannelPlan,
  ChannelReceipt,
  ChannelView,
} from "../../money/claims/channel_manager.ts";
import { connectorNamed } from "../../config/more_connectors.ts";
import type { Profile } from "../../config/profile.ts";
import { type Asset, decimalUnits, formatUnits } from "../../protocols/ilp/asset.ts";
import { balanceOf, balanceText } from "./channel_home.ts";
import { decimalWei } from "../../shell/gas_amount.ts";
import { fittedTable } from "../../shell/fitted_text.ts";
import { alignedText, printable, type Row } from "../../shell/output.ts";

/** What the output of channels needs of the profile: the asset, and the names of the connectors. */
type ChannelProfile = Pick<Profile, "asset" | "peer" | "moreConnectors">;

/** A channel in `channel list`; the columns of its CSV. */
export function channelRow(view: ChannelView, profile: ChannelProfile): Row {
  const { asset } = profile;
  return {
    channel_id: view.name,
    onchain_id: view.channelId,
    status: view.status,
    peer: view.peer.address,
    connector: connectorNamed(profile, view.peer.address),
    nonce: view.payer.nonce,
    deposit_units: view.payer.depositUnits,
    signed_units: view.payer.signedUnits,
    spent_units: view.payer.spentUnits,
    balance_m2m: decimalUnits(balanceOf(view), asset),
    auto_deposited_units: view.autoDeposit.depositedUnits,
    auto_deposits_today: view.autoDeposit.today,
  };
}

/** A channel in `channel show`. */
export function channelDocument(
  view: ChannelView,
  profile: ChannelProfile,
): Readonly<Record<string, unknown>> {
  const { payer, receiver } = view;
  return {
    ...channelRow(view, profile),
    peer_name: view.peer.name,
    settlement_timeout_s: view.settlementTimeoutS,
    opened_at: timeOf(view.openedAtMs),
    settle_at: timeOf(view.settleAtMs),
    claimed_units: payer.claimedUnits,
    exposure_units: payer.exposureUnits,
    received: {
      deposit_units: receiver.depositUnits,
      credited_units: receiver.creditedUnits,
      claimed_units: receiver.claimedUnits,
      exposure_units: receiver.exposureUnits,
    },
    note: view.note,
  };
}

/** A channel for people. */
export function channelText(view: ChannelView, profile: ChannelProfile): string {
  const { asset } = profile;
  const text = (units: bigint) => formatUnits(units, asset);
  const { payer, receiver, note } = view;
  return alignedText([
    ["channel", `${view.name} (${view.status})`],
    ["on chain", view.channelId ?? "not yet"],
    ["peer", printable(`${view.peer.address} (${view.peer.name})`)],
    ["connector", connectorNamed(profile, view.peer.address) ?? "none of this network's"],
    ["opened", timeOf(view.openedAtMs) ?? "not yet"],
    ...(view.settleAtMs === null ? [] : [["settles from", timeOf(view.settleAtMs)!]]),
    ["balance", `${balanceText(view, asset)} of ${text(payer.depositUnits)} deposited`],
    [
      "by itself",
      `${text(view.autoDeposit.depositedUnits)} deposited for payments${
        view.autoDeposit.atMs === null ? "" : `, last ${timeOf(view.autoDeposit.atMs)}`
      }, ${view.autoDeposit.today} automatic deposits today`,
    ],
    [
      "paid",
      `${text(payer.spentUnits)}, ${text(payer.signedUnits)} signed (nonce ${payer.nonce}), ${
        text(payer.claimedUnits)
      } claimed on chain`,
    ],
    [
      "received",
      `${text(receiver.creditedUnits)} of ${text(receiver.depositUnits)} deposited, ${
        text(receiver.claimedUnits)
      } claimed on chain`,
    ],
    [
      "at risk",
      `${text(payer.exposureUnits)} paid ahead, ${text(receiver.exposureUnits)} not claimed yet`,
    ],
    ...(note === null ? [] : [["note", printable(note)]]),
  ]);
}

/** All channels for people. */
export function channelsText(
  views: readonly ChannelView[],
  profile: ChannelProfile,
  { opensByItself, width = Infinity }: {
    readonly opensByItself: boolean;
    /** Of the terminal. */
    readonly width?: number;
  },
): string {
  const text = (units: bigint) => formatUnits(units, profile.asset);
  if (views.length === 0) {
    return opensByItself
      ? "No channels yet: the first payment opens one automatically"
      : "No channels yet, and auto_deposit is off: 'crosstown channel open' opens one";
  }
  const table = fittedTable(
    [
      [
        ...["CHANNEL", "STATUS", "BALANCE", "DEPOSIT", "BY ITSELF", "AT RISK", "NONCE"],
        ...["CONNECTOR", "PEER"],
      ],
      ...views.map((view) => [
        view.name,
        view.status,
        balanceText(view, profile.asset),
        text(view.payer.depositUnits),
        text(view.autoDeposit.depositedUnits),
        text(view.payer.exposureUnits + view.receiver.exposureUnits),
        String(view.payer.nonce),
        connectorNamed(profile, view.peer.address) ?? "-",
        printable(view.peer.address),
      ]),
    ],
    width,
    ["PEER", "NONCE", "BY ITSELF", "CONNECTOR"],
  );
  const notes = views.flatMap(({ name, note }) =>
    note === null ? [] : [`${name}: ${printable(note)}`]
  );
  return [table, ...notes].join("\n");
}

/** What an operation did. */
export function receiptDocument({ channel, transactions, elapsedMs }: ChannelReceipt): Row {
  return {
    channel_id: channel.name,
    onchain_id: channel.channelId,
    status: channel.status,
    deposit_units: channel.payer.depositUnits,
    claimed_units: channel.receiver.claimedUnits,
    settle_at: timeOf(channel.settleAtMs),
    tx: transactions.at(-1)?.hash ?? null,
    fee_wei: transactions.reduce((sum, { feeWei }) => sum + feeWei, 0n),
    elapsed_ms: elapsedMs,
  };
}

/** What `channel open` did: the transaction is the opening itself. */
export function openedDocument({ channel, transactions, elapsedMs }: ChannelReceipt): Row {
  const opening = transactions.find(({ call }) => call === "openChannel") ?? transactions.at(-1);
  return {
    channel_id: channel.name,
    onchain_id: channel.channelId,
    deposit_units: channel.payer.depositUnits,
    tx: opening?.hash ?? null,
    elapsed_ms: elapsedMs,
  };
}

/** The same for people. */
export function receiptText(receipt: ChannelReceipt, profile: ChannelProfile): string {
  const { channel, transactions, elapsedMs } = receipt;
  return [
    channelText(channel, profile),
    ...(transactions.length === 0 ? ["nothing to do"] : [alignedText(
      transactions.map(({ call, hash, feeWei }) => [call, hash, `${decimalWei(feeWei)} ETH`]),
    )]),
    `${(elapsedMs / 1000).toFixed(2)} s`,
  ].join("\n");
}

/** What an operation would cost. */
export function planDocument(
  { steps, creditUnits, openPackets, refused }: ChannelPlan,
): Readonly<Record<string, unknown>> {
  return {
    dry_run: true,
    steps: steps.map(({ call, gasLimit, maxFeeWei, tokenUnits }) => ({
      call,
      gas_limit: gasLimit,
      max_fee_wei: maxFeeWei,
      token_units: tokenUnits,
    })),
    max_fee_wei: steps.reduce((sum, { maxFeeWei }) => sum + maxFeeWei, 0n),
    ...(creditUnits === undefined
      ? {}
      : { credit_lost_units: creditUnits, open_packets: openPackets }),
    refused,
  };
}

/** The same for people. */
export function planText(
  { steps, creditUnits = 0n, openPackets = 0, refused }: ChannelPlan,
  asset: Asset,
): string {
  if (refused !== null) return `Would be refused: ${printable(refused)}`;
  if (steps.length === 0 && openPackets === 0 && creditUnits === 0n) {
    return "There is nothing to do";
  }
  const fee = steps.reduce((sum, { maxFeeWei }) => sum + maxFeeWei, 0n);
  return [
    alignedText([
      ["TRANSACTION", "GAS AT MOST", "FEE AT MOST", "TOKENS"],
      ...steps.map(({ call, gasLimit, maxFeeWei, tokenUnits }) => [
        call,
        String(gasLimit),
        `${decimalWei(maxFeeWei)} ETH`,
        formatUnits(tokenUnits, asset),
      ]),
    ]),
    `At most ${decimalWei(fee)} ETH in all; nothing was sent`,
    ...(creditUnits === 0n ? [] : [
      `${formatUnits(creditUnits, asset)} signed but not spent is lost at close: spend it first`,
    ]),
    ...(openPackets === 0 ? [] : [`${openPackets} packets wait for an answer`]),
  ].join("\n");
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

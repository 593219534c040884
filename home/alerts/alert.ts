/**
 * The rules of a daemon's alerts. Each rule is a pure function of what was read.
 *
 * @module
 */
import { formatUnits } from "../../protocols/ilp/asset.ts";
import type { Asset } from "../../protocols/ilp/asset.ts";
import { type Announcement, isFresh } from "../../market/announcement.ts";
import { isLow, nameOf } from "../../money/channels/views.ts";
import type { ChannelRow, JournalEntry, PayerChannelRow } from "../../store/store.ts";

/** One alert. */
export interface Alert {
  readonly kind: "low_balance" | "disconnected" | "failed_payment" | "provider_down";
  /** The channel, peer or provider. Alerts with the same kind and subject are repetitions. */
  readonly subject: string;
  readonly text: string;
}

/** The state of the relay, a connector or the chain, as the daemon knows it. */
export interface PeerNow {
  readonly state: string;
  /** RFC 3339. */
  readonly since: string;
}

/** Open channels whose balance is below this percentage of the deposit. */
export function lowBalances(
  rows: readonly ChannelRow[],
  payers: readonly PayerChannelRow[],
  { percent, asset }: { readonly percent: number; readonly asset: Asset },
): Alert[] {
  const signed = new Map(payers.map((row) => [row.channelId, row.signed]));
  return rows.filter(({ status }) => status === "open").flatMap((row): Alert[] => {
    const used = signed.get(row.channelId ?? "") ?? 0n;
    if (!isLow(row.depositUnits, used, percent)) return [];
    const left = row.depositUnits > used ? row.depositUnits - used : 0n;
    return [{
      kind: "low_balance",
      subject: nameOf(row),
      text: `${nameOf(row)} has ${formatUnits(left, asset)} of ${
        formatUnits(row.depositUnits, asset)
      } left: crosstown channel deposit ${nameOf(row)} AMOUNT`,
    }];
  });
}

/** Peers that have been disconnected for this long. */
export function disconnections(
  peers: Readonly<Record<string, PeerNow | null>>,
  nowMs: number,
  afterMs: number,
): Alert[] {
  return Object.entries(peers).flatMap(([name, peer]): Alert[] => {
    if (peer === null || peer.state === "connected") return [];
    if (nowMs - Date.parse(peer.since) < afterMs) return [];
    return [{
      kind: "disconnected",
      subject: name,
      text: `the ${name} is not connected since ${peer.since.slice(0, 19)}Z`,
    }];
  });
}

/** An alert for a payment that was refused or given up; null for any other entry. */
export function failedPayment(entry: JournalEntry, asset: Asset): Alert | null {
  const { type, outcome, amountUnits, jobId, channelId } = entry;
  if (type !== "payment" || outcome !== "refused" && outcome !== "forfeit") return null;
  const of = jobId === null ? "" : ` for ${jobId}`;
  return {
    kind: "failed_payment",
    subject: channelId ?? "none",
    text: `a payment of ${formatUnits(amountUnits ?? 0n, asset)}${of} was ${
      outcome === "refused" ? "refused; it cost nothing" : "refused and its amount is lost"
    }`,
  };
}

/** An alert for a provider that stopped its announcements or withdrew; null if it serves. */
export function providerDown(
  pubkey: string,
  announcements: readonly Pick<
    Announcement,
    "pubkey" | "offline" | "createdAtS" | "expiresAtS"
  >[],
  nowMs: number,
): Alert | null {
  const found = announcements.find((each) => each.pubkey === pubkey);
  const serves = found !== undefined && !found.offline &&
    isFresh(found as Announcement, Math.floor(nowMs / 1_000));
  if (serves) return null;
  const why = found === undefined
    ? "is not announced on the relay"
    : found.offline
    ? "withdrew its announcement"
    : "does not announce itself any more";
  return { kind: "provider_down", subject: pubkey, text: `provider ${pubkey.slice(0, 12)} ${why}` };
}

/**
 * What a daemon alerts its operator of, and when: each rule is a pure function of what was read.
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
  /** Which channel, peer or provider; alerts of one kind and subject are the same alert again. */
  readonly subject: string;
  readonly text: string;
}

/** How relay, connector or chain is, as the daemon has it. */
export interface PeerNow {
  readonly state: string;
  /** RFC 3339. */
  readonly since: string;
}

/** Open channels of which less is left than that percentage of the deposit. */
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

/** Peers that are not connected for so long. */
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

/** A payment that was refused or given up; null for any other entry. */
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

/** A provider that does not announce itself any more, or says that it is away; null for one that serves. */
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

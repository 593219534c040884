/**
 * The dashboard's list of payments and earnings, newest first: read from the journal, and drawn.
 *
 * @module
 */
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import type { JournalEntry } from "../../store/journal_row.ts";
import type { Store } from "../../store/store.ts";
import type { PaymentLine, PaymentsShown, Tone } from "./model.ts";
import { fit, type Line } from "./painting.ts";

/** The most payments that are listed. `crosstown payments history` has all. */
const MAX_PAYMENTS = 500;

/** Reads the newest payments, earnings and Lightning payments. */
export async function paymentLines(
  store: Pick<Store, "listJournal">,
  asset: Asset,
): Promise<readonly PaymentLine[]> {
  const entries = await store.listJournal({
    types: ["payment", "earning", "lightning"],
    order: "newest",
    limit: MAX_PAYMENTS,
  });
  return entries.map((entry) => ({
    atMs: entry.atMs,
    what: whatFor(entry),
    amount: entry.type === "lightning"
      ? `${entry.amountUnits} msat`
      : formatUnits(entry.amountUnits ?? 0n, asset),
    left: entry.balanceUnits === null ? "" : formatUnits(entry.balanceUnits, asset),
    jobId: entry.jobId,
    channel: entry.channelId,
    outcome: entry.outcome,
  }));
}

function whatFor({ type, bytes }: JournalEntry): string {
  if (type !== "payment") return type;
  return bytes === null ? "payment" : "write";
}

const GOOD: ReadonlySet<string> = new Set(["fulfilled", "paid", "received"]);

function toneOf(outcome: string): Tone {
  return GOOD.has(outcome) ? "good" : outcome === "sent" ? "warn" : "bad";
}

const HEAD = ["TIME", "WHAT", "AMOUNT", "LEFT", "JOB", "OUTCOME"] as const;
const WIDTHS = [15, 10, 15, 15, 13, 10] as const;
/** With the space before it. */
const CHANNEL_WIDTH = 12;

/** The list on a screen with room for so many lines. */
export function paymentsView(
  { lines, offset }: PaymentsShown,
  room: number,
  columns: number,
): Line[] {
  // A narrow screen has no room for the channel.
  const used = WIDTHS.reduce((sum, width) => sum + width, 1);
  const hasChannel = columns >= used + CHANNEL_WIDTH;
  const cells = (texts: readonly string[]) => texts.map((text, i) => fit(text, WIDTHS[i]));
  const head: Line = [[` ${cells(HEAD).join("")}${hasChannel ? " CHANNEL" : ""}`, "dim"]];
  if (lines === null) return [head];
  if (lines.length === 0) return [head, [["  no payments yet", "dim"]]];
  return [
    head,
    ...lines.slice(offset, offset + Math.max(1, room - 1)).map((each): Line => {
      const at = new Date(each.atMs).toISOString();
      const [time, what, amount, left, job, outcome] = cells([
        `${at.slice(5, 10)} ${at.slice(11, 19)}`,
        each.what,
        each.amount,
        each.left,
        each.jobId ?? "-",
        each.outcome,
      ]);
      return [
        [` ${time}`, "dim"],
        [`${what}${amount}`, "plain"],
        [left, "dim"],
        [job, "plain"],
        [outcome, toneOf(each.outcome)],
        ...hasChannel ? [[` ${channelName(each.channel)}`, "dim"] as const] : [],
      ];
    }),
  ];
}

/** The short name that other lists show. */
function channelName(channelId: string | null): string {
  return channelId === null ? "" : channelId.replace(/^0x([0-9a-f]{8})[0-9a-f]*$/, "ch_$1");
}

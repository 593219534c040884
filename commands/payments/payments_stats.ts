/**
 * `crosstown payments stats`.
 *
 * @module
 */
import type { JournalStats } from "../../store/store.ts";
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import {
  assetOfSum,
  bannerOf,
  type KnownNetworks,
  networkNamed,
} from "../../shell/home/money_banner.ts";
import type { Invocation } from "../../shell/command.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { fittedTable } from "../../shell/fitted_text.ts";
import { alignedText, printableLine, type Row } from "../../shell/output.ts";
import { showsUnicode } from "../../shell/unicode.ts";
import { filterOf } from "./payments_filter.ts";
import { journalOf, type JournalReads, tellKeptSince } from "./payments_journal.ts";

type Sums = JournalStats["byKind"][string];

/** Packets without an outcome. They count neither as paid nor as refused. */
interface InDoubt {
  readonly payments: number;
  readonly payment_units: bigint;
  readonly earnings: number;
  readonly earning_units: bigint;
}

/** Prints the sums. */
export async function paymentsStats(invocation: Invocation): Promise<number> {
  const { output, io } = invocation;
  const filter = filterOf(invocation);
  const config = await configOf(invocation);
  await using store = await journalOf(config);
  const stats = await store.journalStats(filter);
  const doubt = await inDoubt(store);
  const keptSince = await tellKeptSince(store, filter, output);
  const { name, testnet } = config.profile;
  const mark = io.stdout.isTerminal && showsUnicode(io.env) ? "█" : "#";
  await output.document(
    "payments-stats",
    { network: name, testnet, kept_since: keptSince, ...statsDocument(stats, doubt) },
    () =>
      `${bannerOf(config, networksOf(stats))}\n${
        statsText(stats, doubt, config, mark, output.width)
      }`,
    statsRows(stats),
  );
  return 0;
}

/** The amounts of all packets that are open now, regardless of the period. */
async function inDoubt(store: JournalReads): Promise<InDoubt> {
  const open = await Promise.all(
    (await store.listPayerChannels()).map(({ channelId }) => store.openOutgoing(channelId)),
  );
  const held = await store.heldIncoming();
  const sum = (rows: readonly { readonly amount: bigint }[]) =>
    rows.reduce((all, { amount }) => all + amount, 0n);
  return {
    payments: open.flat().length,
    payment_units: sum(open.flat()),
    earnings: held.length,
    earning_units: sum(held),
  };
}

/** Sums for programs; amounts are units. */
function statsDocument(
  stats: JournalStats,
  doubt: InDoubt,
): Readonly<Record<string, unknown>> {
  return {
    payments: stats.payments,
    paid_units: stats.paidUnits,
    earnings: stats.earnings,
    earned_units: stats.earnedUnits,
    refused: stats.refused,
    forfeits: stats.forfeits,
    forfeit_units: stats.forfeitUnits,
    p50_units: stats.p50Units,
    written_bytes: stats.writtenBytes,
    units_per_byte: unitsPerByte(stats),
    lightning: {
      payments: stats.lightning.payments,
      paid_msats: stats.lightning.paidMsats,
      fees_msats: stats.lightning.feesMsats,
      earnings: stats.lightning.earnings,
      earned_msats: stats.lightning.earnedMsats,
    },
    in_doubt: doubt,
    by_network: groupRows("network", stats.byNetwork),
    by_kind: groupRows("kind", stats.byKind),
    by_provider: groupRows("provider", stats.byProvider),
    by_day: groupRows("day", stats.byDay),
  };
}

/** The rows of the CSV: the totals, then each group. */
function statsRows(stats: JournalStats): Row[] {
  const { payments, paidUnits, earnings, earnedUnits } = stats;
  const group = (by: string, sums: JournalStats["byKind"]) =>
    groupRows("name", sums).map((row) => ({ by, ...row }));
  return [
    {
      by: "all",
      name: "all",
      payments,
      paid_units: paidUnits,
      units_per_payment: perPayment(stats),
      written_bytes: stats.writtenBytes,
      earnings,
      earned_units: earnedUnits,
    },
    ...group("network", stats.byNetwork),
    ...group("kind", stats.byKind),
    ...group("provider", stats.byProvider),
    ...group("day", stats.byDay),
  ];
}

function groupRows(label: string, sums: JournalStats["byKind"]): Row[] {
  return Object.entries(sums)
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, { payments, paidUnits, earnings, earnedUnits, writtenBytes }]) => ({
      [label]: name,
      payments,
      paid_units: paidUnits,
      units_per_payment: perPayment({ payments, paidUnits }),
      written_bytes: writtenBytes,
      earnings,
      earned_units: earnedUnits,
    }));
}

/** The mean cost of an event, rounded down; null without events. */
function perPayment({ payments, paidUnits }: Pick<Sums, "payments" | "paidUnits">): bigint | null {
  return payments === 0 ? null : paidUnits / BigInt(payments);
}

/** The mean price of a written byte, rounded down to a hundredth; null without writes. */
function unitsPerByte({ writeUnits, writtenBytes }: JournalStats): number | null {
  return writtenBytes === 0 ? null : Number(writeUnits * 100n / BigInt(writtenBytes)) / 100;
}

/** Sums for people. */
function statsText(
  stats: JournalStats,
  doubt: InDoubt,
  known: KnownNetworks,
  mark: string,
  width: number,
): string {
  const asset = assetOfSum(known, networksOf(stats));
  const text = (units: bigint) => formatUnits(units, asset);
  const assetOf = (network: string | null) => networkNamed(known, network).asset;
  const lines = [
    ["paid", `${text(stats.paidUnits)} in ${stats.payments} payments`],
    ["earned", `${text(stats.earnedUnits)} in ${stats.earnings} payments`],
    [
      "half of the payments",
      stats.p50Units === null ? "-" : `up to ${text(stats.p50Units)}`,
    ],
    ["writes", priceText(stats, asset)],
    [
      "refused",
      `${stats.refused} at no cost, ${stats.forfeits} for ${text(stats.forfeitUnits)}`,
    ],
    ...lightningLine(stats.lightning),
    ["in doubt now", doubtText(doubt, text)],
  ];
  const tables = [
    ["NETWORK", stats.byNetwork],
    ["KIND", stats.byKind],
    ["PROVIDER", stats.byProvider],
    ["DAY", stats.byDay],
  ] as const;
  return [
    alignedText(lines),
    ...tables.filter(([, sums]) => Object.keys(sums).length > 0)
      .map(([head, sums]) =>
        `\n${
          groupText(
            head,
            sums,
            (name) => head === "NETWORK" ? assetOf(networkOf(name)) : asset,
            mark,
            width,
          )
        }`
      ),
  ].join("\n");
}

/** What moved over Lightning; no line if nothing did. */
function lightningLine(
  { payments, paidMsats, feesMsats, earnings, earnedMsats }: JournalStats["lightning"],
): [string, string][] {
  if (payments + earnings === 0) return [];
  const paid = `${paidMsats} msats in ${payments} payments, ${feesMsats} for routing`;
  return [["over Lightning", `${paid}; earned ${earnedMsats} in ${earnings}`]];
}

/** The networks of the summed entries. Contains null if entries name none. */
function networksOf({ byNetwork }: JournalStats): (string | null)[] {
  return Object.keys(byNetwork).map(networkOf);
}

function networkOf(name: string): string | null {
  return name === "none" ? null : name;
}

/** The price of a byte as text, rounded down to a hundredth of a unit. */
function priceText({ writeUnits, writtenBytes }: JournalStats, { code, scale }: Asset): string {
  if (writtenBytes === 0) return "-";
  const hundredths = writeUnits * 100n / BigInt(writtenBytes);
  return `${writtenBytes} bytes, ${formatUnits(hundredths, { code, scale: scale + 2 })} a byte`;
}

function doubtText(
  { payments, payment_units, earnings, earning_units }: InDoubt,
  text: (units: bigint) => string,
): string {
  if (payments + earnings === 0) return "nothing";
  return `${payments} payments of ${text(payment_units)}, ${earnings} earnings of ${
    text(earning_units)
  }: no answer is known yet`;
}

/** One group as a table. Each bar shows what was paid and earned, relative to the largest row. */
function groupText(
  head: string,
  sums: JournalStats["byKind"],
  assetOf: (name: string) => Asset,
  mark: string,
  width: number,
): string {
  const rows = Object.entries(sums).sort(([a], [b]) => a < b ? -1 : 1);
  const most = rows.reduce((max, [, each]) => volume(each) > max ? volume(each) : max, 1n);
  return fittedTable(
    [
      [head, "PAYMENTS", "PAID", "EACH", "BYTES", "EARNINGS", "EARNED", "SHARE"],
      ...rows.map(([name, each]) => {
        const asset = assetOf(name);
        const one = perPayment(each);
        return [
          // A key as 'provider list' shows it.
          printableLine(head === "PROVIDER" ? name.slice(0, 12) : name),
          String(each.payments),
          formatUnits(each.paidUnits, asset),
          one === null ? "-" : formatUnits(one, asset),
          String(each.writtenBytes),
          String(each.earnings),
          formatUnits(each.earnedUnits, asset),
          // Each network has its own asset, so sums of networks are not compared.
          head === "NETWORK" ? "-" : mark.repeat(barLength(volume(each), most)),
        ];
      }),
    ],
    width,
    ["BYTES", "EACH", "EARNINGS", "SHARE"],
  );
}

function volume({ paidUnits, earnedUnits }: Sums): bigint {
  return paidUnits + earnedUnits;
}

const BAR = 24n;

/** The length of a bar. Any amount above zero gets at least one mark. */
function barLength(part: bigint, most: bigint): number {
  return part === 0n ? 0 : Number((part * BAR + most - 1n) / most);
}

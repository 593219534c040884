/**
 * The message of an audit commit: the documented subject and lines, then trailers by which it is found. Values from strangers are made
 * printable, so that none adds a line of its own. Without effects.
 *
 * @module
 */
import { amountText, type Asset } from "../../protocols/ilp/asset.ts";
import { isEnded, isJobStatus } from "../../protocols/job_status.ts";
import { printable } from "../../base/log/printable.ts";
import type { JournalEntry } from "../../store/journal_row.ts";
import type { JournalPlace } from "./audit_commit.ts";
import { type AuditNames, chainText, connectorOf } from "./state_files.ts";

type Line = readonly [name: string, value: string | number | null | undefined];

/** The message of the commit of an entry. */
export function entryMessage(entry: JournalEntry, names: AuditNames): string {
  const [subject, lines] = toldBy(entry, names);
  return messageOf(subject, lines, entry, entry);
}

/** The message of a commit without an entry: a sealed day or a checkpoint. */
export function keepingMessage(
  subject: string,
  lines: readonly Line[],
  journal: JournalPlace | null,
): string {
  return messageOf(subject, lines, null, journal);
}

function messageOf(
  subject: string,
  lines: readonly Line[],
  entry: JournalPlace | null,
  journal: JournalPlace | null,
): string {
  const said = lines.flatMap(([name, value]) => value == null ? [] : [`${name}: ${plain(value)}`]);
  const trailers = [
    ...(entry === null ? [] : [`Entry: ${entry.seq} sha256:${entry.hash}`]),
    ...(journal === null ? [] : [`Journal-Seq: ${journal.seq}`, `Journal-Hash: ${journal.hash}`]),
  ];
  const parts = [[`crosstown: ${plain(subject)}`], said, trailers];
  return `${parts.filter((part) => part.length > 0).map((part) => part.join("\n")).join("\n\n")}\n`;
}

function toldBy(entry: JournalEntry, names: AuditNames): readonly [string, readonly Line[]] {
  const { type, outcome, data } = entry;
  switch (type) {
    case "payment":
      return paid(entry, names);
    case "earning":
      return [`payment channel ${channelOf(entry)} earned`, [
        ["Job ID", entry.jobId],
        ["Earned", units(entry.amountUnits, names.asset)],
        ["Outcome", outcome === "fulfilled" ? null : outcome],
      ]];
    case "lightning":
      return [`Lightning payment ${outcome}`, [
        ["Job ID", entry.jobId],
        ["Event", entry.eventId],
        ["Payment", msats(entry.amountUnits)],
        ["Fees", data.fees_msats == null ? null : `${data.fees_msats} msats`],
        ["Payment Hash", text(data.payment_hash)],
        ["Reason", text(data.code)],
      ]];
    case "channel":
      return channelChanged(entry, names);
    case "job":
      return [
        `job ${entry.jobId} ${isJobStatus(outcome) && isEnded(outcome) ? "finished" : outcome}`,
        [
          ["Status", text(data.status)],
          ["Event", entry.eventId],
          ["Provider", text(data.provider)],
          ["Price", units(entry.amountUnits, names.asset)],
        ],
      ];
    case "chain":
      return [
        `job sequence ${text(data.chain_id) ?? text(data.chain) ?? ""} ${outcome}`,
        said(data),
      ];
    case "limits":
      return ["limits changed", said(data)];
    case "shutdown":
      return ["shutdown", said(data)];
  }
}

function paid(
  entry: JournalEntry,
  names: AuditNames,
): readonly [string, readonly Line[]] {
  const { amountUnits, balanceUnits, bytes, outcome } = entry;
  const spent = outcome === "refused" ? 0n : amountUnits ?? 0n;
  const priced = bytes !== null && bytes > 0 && amountUnits !== null &&
    amountUnits % BigInt(bytes) === 0n;
  const price = priced ? ` (${bytes} bytes x ${amountUnits / BigInt(bytes)})` : "";
  const amount = units(amountUnits, names.asset);
  return [`payment channel ${channelOf(entry)} balance updated`, [
    ["Previous", balanceUnits === null ? null : units(balanceUnits + spent, names.asset)],
    ["Current", units(balanceUnits, names.asset)],
    ["Job ID", entry.jobId],
    ["Payment", amount === null ? null : `${amount}${price}`],
    ["Outcome", outcome === "fulfilled" ? null : outcome],
  ]];
}

/** Statuses whose message has the final balance and its destination. */
const OVER: ReadonlySet<string> = new Set(["closed", "settled"]);

function channelChanged(
  entry: JournalEntry,
  names: AuditNames,
): readonly [string, readonly Line[]] {
  const { outcome, data } = entry;
  const subject = `payment channel ${channelOf(entry)} ${outcome === "open" ? "opened" : outcome}`;
  if (OVER.has(outcome)) {
    return [subject, [
      ["Final Balance", units(entry.balanceUnits, names.asset)],
      ["Withdrawal Address", text(data.own_address)],
      ["On-chain TX", text(data.tx_hash)],
    ]];
  }
  return [subject, [
    ["Amount", outcome === "open" ? null : units(entry.amountUnits, names.asset)],
    [
      "Deposit",
      typeof data.deposit_units === "string"
        ? units(BigInt(data.deposit_units), names.asset)
        : null,
    ],
    ["Chain", chainText(data.chain_id, names)],
    ["Connector", connectorOf(data.peer_address, names)],
    ["Settlement Address", text(data.peer_address)],
    ["On-chain TX", text(data.tx_hash)],
    ["Reason", outcome === "halted" ? text(data.halted) : null],
  ]];
}

function channelOf({ channelId, data }: JournalEntry): string {
  return channelId ?? text(data.peer) ?? "without a chain";
}

function said(data: JournalEntry["data"]): Line[] {
  return Object.entries(data).map((
    [key, value],
  ): Line => [key, value === null ? null : `${value}`]);
}

function units(amount: bigint | null, asset: Asset): string | null {
  return amount === null ? null : amountText(amount, asset);
}

function msats(amount: bigint | null): string | null {
  return amount === null ? null : `${amount} msats`;
}

function text(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

/** One short line. */
function plain(value: string | number): string {
  return printable(String(value).toWellFormed()).replace(/[\n\t]/g, " ").slice(0, 500);
}

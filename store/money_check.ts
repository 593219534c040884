/**
 * Checks rows and sums against the rules of docs/money.md: the figures of each channel against its packets, the sums against the journal,
 * and that no obligation was paid twice.
 *
 * @module
 */
import {
  INCOMING_STATES,
  isPending,
  OUTGOING_STATES,
  type OutgoingState,
} from "../protocols/ilp/packet_state.ts";
import type { Database } from "./database.ts";
import type { StateProblem } from "./journal_check.ts";
import type { Columns } from "../base/table/columns.ts";
import { COUNTS_AS_PAID } from "./status_sql.ts";

const PAGE = 5_000;
/** Reported problems of one kind; one is enough to show that something is wrong. */
const MAX_TOLD = 5;

/** The sums of one channel's packets. */
interface PacketSums {
  count: number;
  open: bigint;
  fulfilled: bigint;
  lastNonce: number;
  /** Nonce of the first packet whose cumulative amount is below the claim before; null if they rise. */
  fell: number | null;
  lastCumulative: bigint;
  /** Nonce of the first packet with an invalid state; null if all are valid. */
  stray: number | null;
}

/** Checks every payer's and every receiver's channel. Counts the packets that it read. */
export function* channelProblems(
  db: Database,
  counted: { packets: number; channels: number },
): Generator<StateProblem | null> {
  for (const row of db.all("SELECT * FROM payer_channels ORDER BY channel_id")) {
    counted.channels++;
    const sums = sumsOf(db, "outgoing", row.channel_id as string);
    counted.packets += sums.count;
    if (sums.stray !== null) yield told(row, "pays", noState(sums.stray));
    for (const what of wrongWithPayer(db, row, sums)) yield told(row, "pays", what);
    yield null;
  }
  for (const row of db.all("SELECT * FROM receiver_channels ORDER BY channel_id")) {
    counted.channels++;
    const sums = sumsOf(db, "incoming", row.channel_id as string);
    counted.packets += sums.count;
    if (sums.stray !== null) yield told(row, "is paid", noState(sums.stray));
    for (const what of wrongWithReceiver(db, row, sums)) yield told(row, "is paid", what);
    yield null;
  }
}

function noState(nonce: number): string {
  return `packet ${nonce} has an invalid state`;
}

function told(row: Columns, side: string, what: string): StateProblem {
  return { check: "money", where: `channel ${row.channel_id} that ${side}`, what };
}

function* wrongWithPayer(db: Database, row: Columns, sums: PacketSums): Generator<string> {
  const [signed, spent, forfeit] = ["signed", "spent", "forfeit"].map((name) => units(row[name]));
  if (sums.lastNonce > (row.nonce as number)) {
    yield `packet ${sums.lastNonce} is above its nonce ${row.nonce}`;
  }
  if (sums.lastCumulative > signed) {
    yield `a claim says ${sums.lastCumulative} units, but it has signed ${signed}`;
  }
  if (sums.fell !== null) yield `the claim of packet ${sums.fell} is below the claim before`;
  if (sums.fulfilled > spent) {
    yield `its packets were fulfilled for ${sums.fulfilled} units, and it has spent ${spent}`;
  }
  if (spent + forfeit + sums.open > signed) {
    yield `spent ${spent}, forfeit ${forfeit} and open ${sums.open} are more than the ${signed} signed`;
  }
  const channel = chainRow(db, row);
  if (channel !== null && signed > units(channel.deposit_units)) {
    yield `it has signed ${signed} units of a deposit of ${channel.deposit_units}`;
  }
}

function* wrongWithReceiver(db: Database, row: Columns, sums: PacketSums): Generator<string> {
  const [credited, spent] = ["credited", "spent"].map((name) => units(row[name]));
  if (sums.lastNonce > (row.watermark as number)) {
    yield `packet ${sums.lastNonce} is above its watermark ${row.watermark}`;
  }
  if (sums.fulfilled > spent) {
    yield `its packets were fulfilled for ${sums.fulfilled} units, and it has earned ${spent}`;
  }
  if (spent + sums.open > credited) {
    yield `earned ${spent} and held ${sums.open} are more than the ${credited} credited`;
  }
  const channel = chainRow(db, row);
  if (channel !== null && units(channel.claimed_units) > credited) {
    yield `${channel.claimed_units} units were claimed of ${credited} credited`;
  }
}

function chainRow(db: Database, row: Columns): Columns | null {
  return db.get(
    `SELECT deposit_units, claimed_units FROM channels WHERE channel_id = ? AND status <> 'void'
     AND status <> 'recovering' LIMIT 1`,
    row.channel_id,
  );
}

function sumsOf(db: Database, table: "outgoing" | "incoming", channelId: string): PacketSums {
  const sums: PacketSums = {
    count: 0,
    open: 0n,
    fulfilled: 0n,
    lastNonce: 0,
    fell: null,
    lastCumulative: 0n,
    stray: null,
  };
  const states: readonly unknown[] = table === "outgoing" ? OUTGOING_STATES : INCOMING_STATES;
  const cumulative = table === "outgoing" ? "cumulative" : "'0' AS cumulative";
  for (;;) {
    const rows = db.all(
      `SELECT nonce, amount, state, ${cumulative} FROM ${table} WHERE channel_id = ? AND nonce > ?
       ORDER BY nonce LIMIT ${PAGE}`,
      channelId,
      sums.lastNonce,
    );
    for (const row of rows) {
      sums.count++;
      sums.lastNonce = row.nonce as number;
      if (!states.includes(row.state)) sums.stray ??= sums.lastNonce;
      else if (isPending(row.state as OutgoingState)) sums.open += units(row.amount);
      if (row.state === "fulfilled") sums.fulfilled += units(row.amount);
      if (units(row.cumulative) < sums.lastCumulative) sums.fell ??= sums.lastNonce;
      else sums.lastCumulative = units(row.cumulative);
    }
    if (rows.length < PAGE) return sums;
  }
}

/** Obligations that more than one packet paid or may pay. */
export function obligationProblems(db: Database): StateProblem[] {
  const twice = (table: string, counts: string): StateProblem[] =>
    db.all(
      `SELECT obligation, count(*) AS n FROM ${table} WHERE ${counts}
       GROUP BY obligation HAVING n > 1 LIMIT ${MAX_TOLD}`,
    ).map(({ obligation, n }) => ({
      check: "money",
      where: `obligation ${String(obligation).slice(0, 100)}`,
      what: table === "outgoing" ? `it was paid ${n} times` : `${n} packets were accepted for it`,
    }));
  const refused = db.all(
    `SELECT channel_id, nonce FROM incoming WHERE state = 'refused' AND obligation IS NOT NULL LIMIT ${MAX_TOLD}`,
  ).map(({ channel_id: channel, nonce }) => ({
    check: "money",
    where: `channel ${channel}`,
    what: `packet ${nonce} was refused, and still has an obligation`,
  } as const));
  return [
    ...refused,
    ...twice("outgoing", "state = 'fulfilled'"),
    ...twice("incoming", `obligation IS NOT NULL AND ${COUNTS_AS_PAID}`),
  ];
}

/** Compares the running sums with the sums of the journal. */
export function sumProblems(db: Database, journaled: ReadonlyMap<string, bigint>): StateProblem[] {
  const base = db.get("SELECT spent, earned FROM journal_base");
  if (base === null) return [];
  const problems: StateProblem[] = [];
  for (const name of ["spent", "earned"]) {
    const kept = units(db.get("SELECT value FROM sums WHERE name = ?", name)?.value ?? "0");
    const added = units(base[name]) + (journaled.get(name) ?? 0n);
    if (kept === added) continue;
    const what = `it is ${kept} units, and the journal adds up to ${added}`;
    problems.push({ check: "sums", where: name, what });
  }
  return problems;
}

function units(value: Columns[string]): bigint {
  return BigInt(value as string);
}

/**
 * Checks one entry of the trail in each part against its own hash and against the other parts.
 *
 * @module
 */
import { amountText, type Asset } from "../../protocols/ilp/asset.ts";
import { entryHash, type JournalLine } from "../../store/journal_row.ts";
import type { Difference, TrailCommit, TrailLine } from "./trail.ts";

/** The difference if a line is no entry. */
export function brokenLine(line: TrailLine | null): Difference | null {
  if (!(line?.entry instanceof Error)) return null;
  return difference("log", placeOf(line, null, "log"), {
    message: `this line is no entry: ${line.entry.message}`,
  });
}

/** Checks a line against its own hash and against the other parts. */
export function lineAgainst(
  line: TrailLine | null,
  journal: JournalLine | null,
  agreed: string,
): Difference | null {
  if (line === null) return null;
  const entry = line.entry as JournalLine;
  const computed = entryHash(entry);
  if (computed === entry.hash && entry.hash === agreed) return null;
  const place = { seq: entry.seq, ...placeOf(line, null, "log") };
  const field = journal === null ? null : firstFieldBetween(journal, entry);
  if (field !== null) {
    return difference("log", place, {
      message: `${field.name} of entry ${entry.seq} is not what the journal has`,
      field: field.name,
      expected: field.expected,
      found: field.found,
    });
  }
  return computed === entry.hash
    ? difference("log", place, {
      message: `entry ${entry.seq} is not what git has`,
      field: "hash",
      expected: agreed,
      found: entry.hash,
    })
    : difference("log", place, {
      message: `entry ${entry.seq} was changed: its hash is not that of its text`,
      field: "hash",
      expected: entry.hash,
      found: computed,
    });
}

/** Checks a commit's trailers, the entry that its message names, and the values in its message. */
export function commitAgainst(
  commit: TrailCommit | null,
  entry: JournalLine | null,
  seq: number,
  agreed: string,
  assets: readonly Asset[],
): Difference | null {
  if (commit === null) return null;
  const place = { seq, commit: commit.commit };
  const short = commit.commit.slice(0, 12);
  if (commit.hash !== agreed) {
    return difference("git", place, {
      message: `commit ${short} has another hash for entry ${seq}`,
      field: "Journal-Hash",
      expected: agreed,
      found: commit.hash,
    });
  }
  const { named, told } = commit;
  if (named !== null && (named.seq !== seq || named.hash !== agreed)) {
    return difference("git", place, {
      message: `the message of commit ${short} names another entry`,
      field: "Entry",
      expected: `${seq} sha256:${agreed}`,
      found: `${named.seq} sha256:${named.hash}`,
    });
  }
  for (const [name, texts] of entry === null ? [] : toldOf(entry, assets)) {
    const found = told[name];
    if (found === undefined) continue;
    if (texts.some((text) => found === text || found.startsWith(`${text} (`))) continue;
    const [expected] = texts;
    return difference("git", place, {
      message: `the message of commit ${short} differs from entry ${seq}`,
      field: name,
      expected,
      found,
    });
  }
  return null;
}

/** Lines of a commit's message that repeat values of the entry. An amount may be in any asset in which the home paid. */
function toldOf(
  { type, jobId, amountUnits, balanceUnits }: JournalLine,
  assets: readonly Asset[],
): (readonly [name: string, texts: readonly string[]])[] {
  const lines: (readonly [string, readonly string[]])[] = [];
  const texts = (units: bigint) => assets.map((asset) => amountText(units, asset));
  const ofMoney = type === "payment" || type === "earning" || type === "lightning";
  if (jobId !== null && ofMoney) lines.push(["Job ID", [jobId]]);
  if (type === "lightning") {
    if (amountUnits !== null) lines.push(["Payment", [`${amountUnits} msats`]]);
    return lines;
  }
  const amount = { payment: "Payment", earning: "Earned", job: "Price" }[type as string];
  if (amount !== undefined && amountUnits !== null) lines.push([amount, texts(amountUnits)]);
  if (type === "payment" && balanceUnits !== null) lines.push(["Current", texts(balanceUnits)]);
  return lines;
}

/** Checks the store's entry against its own hash and against the other parts. */
export function journalAgainst(
  journal: JournalLine | null,
  line: TrailLine | null,
  agreed: string,
): Difference | null {
  if (journal === null) return null;
  const computed = entryHash(journal);
  if (computed === journal.hash && journal.hash === agreed) return null;
  const place = { seq: journal.seq, file: "state.db" };
  const field = line === null || line.entry instanceof Error
    ? null
    : firstFieldBetween(line.entry, journal);
  return difference("journal", place, {
    message: field === null
      ? `entry ${journal.seq} of the store's journal was changed: its hash is not that of its text`
      : `${field.name} of entry ${journal.seq} in the store's journal is not what the log has`,
    field: field?.name ?? "hash",
    expected: field?.expected ?? agreed,
    found: field?.found ?? computed,
  });
}

/** Names of an entry's fields in the log, in its order. */
const FIELDS: readonly (readonly [keyof JournalLine, string])[] = [
  ["seq", "seq"],
  ["atMs", "time"],
  ["type", "type"],
  ["jobId", "job_id"],
  ["channelId", "channel_id"],
  ["eventId", "event_id"],
  ["kind", "kind"],
  ["bytes", "bytes"],
  ["amountUnits", "amount_units"],
  ["balanceUnits", "balance_units"],
  ["outcome", "outcome"],
  ["prev", "prev"],
  ["hash", "hash"],
];

function firstFieldBetween(right: JournalLine, wrong: JournalLine) {
  for (const [field, name] of FIELDS) {
    if (right[field] === wrong[field]) continue;
    const shown = (entry: JournalLine) =>
      field === "atMs" ? new Date(entry.atMs).toISOString() : String(entry[field]);
    return { name, expected: shown(right), found: shown(wrong) };
  }
  return null;
}

/** The place of an entry in that part. */
export function placeOf(
  line: TrailLine | null,
  commit: TrailCommit | null,
  where: Difference["where"],
): Partial<Difference> {
  if (where === "log" && line !== null) return { file: line.file, line: line.line };
  if (where === "git" && commit !== null) return { commit: commit.commit };
  return where === "journal" ? { file: "state.db" } : {};
}

/** Makes a difference; unknown fields are null. */
export function difference(
  where: Difference["where"],
  place: Partial<Difference>,
  what: Pick<Difference, "message"> & Partial<Difference>,
): Difference {
  return {
    where,
    file: null,
    line: null,
    commit: null,
    seq: null,
    field: null,
    expected: null,
    found: null,
    ...place,
    ...what,
  };
}

/**
 * The options that select entries of the journal for `payments` commands, and a reader that loads matching entries page by page.
 *
 * @module
 */
import { JOURNAL_TYPES, type JournalEntry, type JournalType } from "../../store/journal_row.ts";
import type { JournalFilter, Store } from "../../store/store.ts";
import type { Invocation } from "../../shell/command.ts";
import type { OptionSpec } from "../../shell/option_spec.ts";
import { UsageError } from "../../shell/errors.ts";
import { parsePeriod } from "./period.ts";

/** The options that select payments. Every `payments` command except `verify` has them. */
export const FILTER_OPTIONS: readonly OptionSpec[] = [
  {
    flags: "--since <time>",
    summary: "start of the period: a day (2026-02-17), a time, or how long ago (7d, 12h)",
  },
  { flags: "--until <time>", summary: "end of the period; a day counts to its end" },
  {
    flags: "--channel <channel>",
    summary: "through this channel (ch_7f3a9b2e, or its id on chain)",
  },
  { flags: "--job <job>", summary: "of this job (job-5abc123)" },
  { flags: "--provider <pubkey>", summary: "of jobs of this provider, 64 hex digits" },
  { flags: "--kind <kind>", summary: "of events of this kind" },
];

/** The option that selects types of entries, for commands that list entries. */
export const TYPE_OPTION: OptionSpec = {
  flags: "--type <type>",
  summary: "default: payment, earning and lightning; may be given several times",
  choices: [...JOURNAL_TYPES, "all"],
  repeat: true,
};

/** The number of entries in one read of the store. */
const PAGE = 1_000;

/** Reads {@link FILTER_OPTIONS} and, where the command has it, {@link TYPE_OPTION}. Throws UsageError. */
export function filterOf({ options, io }: Pick<Invocation, "options" | "io">): JournalFilter {
  const { sinceMs, untilMs } = parsePeriod(
    options.text("since"),
    options.text("until"),
    io.clock(),
  );
  const kind = options.integer("kind", { min: 0, max: 65_535 });
  const types = options.list("type");
  const channel = match(options.text("channel"), CHANNEL, "--channel", "ch_7f3a9b2e");
  const jobId = match(options.text("job"), JOB, "--job", "job-5abc123");
  const provider = match(options.text("provider"), PUBKEY, "--provider", "64 hex digits");
  return {
    ...(types.includes("all")
      ? {}
      : { types: types.length === 0 ? MONEY : types as readonly JournalType[] }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    // The store's period excludes its end; the user's period includes it.
    ...(untilMs === undefined ? {} : { untilMs: untilMs + 1 }),
    ...(channel === undefined ? {} : { channel }),
    ...(jobId === undefined ? {} : { jobId }),
    ...(provider === undefined ? {} : { provider }),
    ...(kind === undefined ? {} : { kind }),
  };
}

/** The matching entries, at most `limit` if it is given. */
export async function* entriesOf(
  store: Pick<Store, "listJournal">,
  filter: JournalFilter,
  order: "oldest" | "newest",
  limit = Infinity,
): AsyncGenerator<JournalEntry> {
  let after: number | undefined;
  for (let left = limit; left > 0;) {
    const page = await store.listJournal({
      ...filter,
      order,
      limit: Math.min(PAGE, left),
      ...(after === undefined
        ? {}
        : order === "oldest"
        ? { afterSeq: after }
        : { beforeSeq: after }),
    });
    yield* page;
    if (page.length < Math.min(PAGE, left)) return;
    after = page[page.length - 1].seq;
    left -= page.length;
  }
}

const MONEY: readonly JournalType[] = ["payment", "earning", "lightning"];
const CHANNEL = /^(ch_[0-9a-f]{1,64}|0x[0-9a-f]{64})$/;
const JOB = /^job-[0-9a-f]{1,64}$/;
const PUBKEY = /^[0-9a-f]{64}$/;

function match(
  given: string | undefined,
  pattern: RegExp,
  label: string,
  like: string,
): string | undefined {
  const text = given?.toLowerCase();
  if (text === undefined || pattern.test(text)) return text;
  throw new UsageError(
    `${label} must be like ${like} (got ${text.slice(0, 70)})`,
    "copy the whole id",
  );
}

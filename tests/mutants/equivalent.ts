/**
 * Mutants that no test can catch, because the program does the same with them, each with why. `deno task mutants` prints them and
 * counts them as neither caught nor missed. One that fits no place any more is a fault.
 *
 * @module
 */
import type { Site } from "./sites.ts";

/** One such mutant, told by its line's text, so that it is found again when lines move. */
export interface Equivalent {
  readonly file: string;
  /** The whole line, without the blanks around it. */
  readonly line: string;
  readonly from: string;
  readonly to: string;
  /** Which of the same operators or constants of the line; the first unless told. */
  readonly nth?: number;
  readonly why: string;
}

export const EQUIVALENT: readonly Equivalent[] = [
  {
    file: "money/receiver/receiver.ts",
    line: "const good = claim.nonce > account.tip.nonce && claim.signerAddress === account.peer",
    from: ">",
    to: ">=",
    why: "a claim with the last nonce is decided by its row, before its signature is asked for",
  },
  {
    file: "money/channels/channel_watch.ts",
    line: "#quiet = 0;",
    from: "0",
    to: "1",
    why: "the first look is at a hash that it has not seen, and sets the count to 0",
  },
  {
    file: "money/evm/chain_tail.ts",
    line: "this.#atLeast = 0;",
    from: "0",
    to: "1",
    why: "a chain that stands at block 0 is asked again, with the same answer; only time differs",
  },
  {
    file: "money/evm/rpc_pool.ts",
    line:
      "const rest = Math.max(failure.retryAfterMs ?? 0, 500 * 2 ** Math.min(member.failures, 10));",
    from: "0",
    to: "1",
    why: "the other side of the larger of the two is never below 1,000",
  },
  {
    file: "store/old_rows.ts",
    line: '...after ?? [-1, ""],',
    from: "1",
    to: "0",
    why: "a row of time 0 has an id, which comes after the empty one",
  },
  {
    file: "store/old_rows.ts",
    line: "...after ?? [-1],",
    from: "1",
    to: "0",
    why: "SQLite counts the rows of this table from 1",
  },
  {
    file: "protocols/toon/utf8.ts",
    line: "if (length < 8) return 0;",
    from: "<",
    to: "<=",
    why: "a prefix that is told shorter than it is is looked at one by one; only time differs",
  },
];

/** The entry for a place of a file's text; undefined: there is none. */
export function equivalentOf(
  site: Site,
  text: string,
  list: readonly Equivalent[] = EQUIVALENT,
): Equivalent | undefined {
  const start = text.lastIndexOf("\n", site.from - 1) + 1;
  const end = text.indexOf("\n", site.from);
  const line = text.slice(start, end === -1 ? undefined : end);
  const from = text.slice(site.from, site.until);
  const nth = line.slice(0, site.from - start).split(from).length - 1;
  return list.find((entry) =>
    entry.file === site.file && entry.line === line.trim() && entry.from === from &&
    entry.to === site.text && (entry.nth ?? 0) === nth
  );
}

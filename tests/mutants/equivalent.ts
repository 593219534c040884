/**
 * Mutants that no test can catch, because the program does the same with them, each with why. `deno task mutants` prints them and
 * counts them as neither caught nor missed. One that fits no place any more is a fault.
 *
 * @module
 */
import type { Site } from "./sites.ts";

/** One such mutant, identified by its line's text, so that it is found again when lines move. */
export interface Equivalent {
  readonly file: string;
  /** The whole line, without the blanks around it. */
  readonly line: string;
  readonly from: string;
  readonly to: string;
  /** Which of the equal operators or constants of the line; by default the first. */
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
  {
    file: "money/signer/ledger.ts",
    line: "const newer = (held.get(entry.key)?.entry.counter ?? -1) < entry.counter;",
    from: "1",
    to: "0",
    why: "no entry has the counter 0: the first change makes it 1",
  },
  {
    file: "protocols/nostr/json_slices.ts",
    line: "for (let at = start + 1; at < text.length; at++) {",
    from: "<",
    to: "<=",
    why: "past the end there is no unit, and none is equal to what is looked for",
  },
  {
    file: "protocols/json/strict_json.ts",
    line: "while (this.at < this.text.length) {",
    from: "<",
    to: "<=",
    why: "past the end there is no unit, and none is equal to what is looked for",
  },
  {
    file: "protocols/evm/secp256k1.ts",
    line: "for (let at = 0; at < 32; at++) {",
    from: "<",
    to: "<=",
    why: "past the last byte the difference is no number, which is not above 0",
  },
  {
    file: "protocols/evm/secp256k1.ts",
    line: "if (difference !== 0) return difference > 0;",
    from: ">",
    to: ">=",
    why: "a difference of 0 does not come here",
  },
  {
    file: "protocols/ilp/byte_writer.ts",
    line: "#bytes = new Uint8Array(512);",
    from: "512",
    to: "0",
    why: "the buffer grows when it is written to; only time differs",
  },
  {
    file: "protocols/ilp/byte_writer.ts",
    line: "const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2));",
    from: "*",
    to: "/",
    why: "the buffer grows to what is needed; only time differs",
  },
  {
    file: "protocols/nostr/filter.ts",
    line: "tag[0] === letter && tag[1] !== undefined && values.includes(tag[1])",
    from: "1",
    to: "0",
    why: "no value of a filter is undefined",
  },
  {
    file: "protocols/nostr/job_request.ts",
    line: "if (tag[1] === undefined || !MIME_TYPE.test(tag[1])) {",
    from: "1",
    to: "0",
    why: "a missing type is read as the word `undefined`, which is no MIME type",
  },
  {
    file: "protocols/nostr/verifier.ts",
    line: "const known = verifiedCache(options.remember ?? 0);",
    from: "0",
    to: "1",
    why: "what is remembered was verified; only time differs",
  },
  {
    file: "protocols/wires/crosstown/refusal.ts",
    line: "const inner = said?.code ?? IN_WORDS.exec(reject.message)?.[1];",
    from: "1",
    to: "0",
    why: "the pattern's group is all that it matches",
  },
  {
    file: "protocols/wires/crosstown/refusal.ts",
    line: "if (data.length === 0 || data.length > MAX_DATA_BYTES || data[0] !== 0x7b) return null;",
    from: "||",
    to: "&&",
    why: "no data begins with no brace, and the parser refuses what is too long",
  },
  {
    file: "protocols/toon/line_scan.ts",
    line: "let high = 0;",
    from: "0",
    to: "1",
    why: "only the top bit of each byte is asked for",
  },
  {
    file: "protocols/toon/line_scan.ts",
    line: "if ((((zeros - 0x01010101) | 0) & ~zeros & 0x80808080) === 0) continue;",
    from: "0",
    to: "1",
    nth: 5,
    why: "only the top bit of each byte is asked for",
  },
  {
    file: "protocols/toon/line_scan.ts",
    line: "return (high & 0x80808080) !== 0 && firstMalformed(bytes) !== -1 ? NOT_UTF8 : found;",
    from: "0",
    to: "1",
    nth: 5,
    why: "every document is then looked through for what is malformed; only time differs",
  },
  {
    file: "protocols/toon/member_scan.ts",
    line: "for (let depth = 0; at < length;) {",
    from: "<",
    to: "<=",
    why: "past the end there is no byte, and the next step ends the loop",
  },
  {
    file: "protocols/toon/line_scan.ts",
    line: "return (high & 0x80808080) !== 0 && firstMalformed(bytes) !== -1 ? NOT_UTF8 : found;",
    from: "&",
    to: "|",
    why: "every document is then looked through for what is malformed; only time differs",
  },
  {
    file: "protocols/toon/decode.ts",
    line: "while (at < end && text.charCodeAt(at) === 0x20) at++;",
    from: "<",
    to: "<=",
    why: "at the end of a line there is a newline or nothing, and no blank",
  },
  {
    file: "money/payer/payer.ts",
    line: "#attaching = 0;",
    from: "0",
    to: "1",
    why: "the count is only compared with what it was a moment ago",
  },
  {
    file: "money/signer/conversations.ts",
    line: "for (const key of keys.values()) key.fill(0);",
    from: "0",
    to: "1",
    why: "the keys are overwritten with either byte",
  },
  {
    file: "protocols/toon/kind_value.ts",
    line: "if (digit < 0 || digit > 9) return kindOfNumber(bytes, from, to);",
    from: "0",
    to: "1",
    why: "a number with a 0 in it is read the slow way, with the same result; only time differs",
  },
  {
    file: "protocols/toon/line_scan.ts",
    line: "if (at === -1) return NOT_FOUND;",
    from: "1",
    to: "0",
    why: "before the first byte there is none, and so no colon",
  },
  {
    file: "store/journal.ts",
    line: "return entries.length > 0;",
    from: ">",
    to: ">=",
    why: "who waits for an entry looks once more and waits on; only time differs",
  },
  {
    file: "money/wallet/key_reader.ts",
    line: "buffer.fill(0);",
    from: "0",
    to: "1",
    why: "what was read is overwritten with either byte",
  },
  {
    file: "money/signer/ledger_seal.ts",
    line: 'if (start > sealed.length) throw refusal("it ends too soon");',
    from: ">",
    to: ">=",
    why: "an empty part at the end is refused as well, by what reads it",
  },
];

/** The entry for a place of a file's text; undefined: there is none. */
export function equivalentOf(
  site: Pick<Site, "file" | "from" | "until" | "text">,
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

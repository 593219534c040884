/**
 * What `crosstown payments history` does.
 *
 * @module
 */
import { networkBanner } from "../shell/amount.ts";
import type { Invocation } from "../shell/command.ts";
import { configOf } from "../home/load_config.ts";
import { frameOf, writeEntries } from "./payments_entries.ts";
import { entriesOf, filterOf } from "./payments_filter.ts";
import { journalOf, tellKeptSince } from "./payments_journal.ts";

/** Lists entries, the newest first. */
export async function paymentsHistory(invocation: Invocation): Promise<number> {
  const { options, output } = invocation;
  const filter = filterOf(invocation);
  const limit = options.integer("limit", { min: 0, max: 1_000_000_000 })! || Infinity;
  const config = await configOf(invocation);
  await using store = await journalOf(config);
  await output.line(networkBanner(config.profile));
  await tellKeptSince(store, filter, output);
  await writeEntries(
    entriesOf(store, filter, "newest", limit),
    output.mode,
    frameOf(config.profile),
    (text) => output.bytes(new TextEncoder().encode(text)),
  );
  return 0;
}

/**
 * `crosstown payments history`.
 *
 * @module
 */
import { bannerOf } from "../../shell/home/money_banner.ts";
import type { Invocation } from "../../shell/command.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { tableOf, writeEntries } from "./payments_entries.ts";
import { entriesOf, filterOf } from "./payments_filter.ts";
import { journalOf, tellKeptSince } from "./payments_journal.ts";

/** Lists entries, newest first. */
export async function paymentsHistory(invocation: Invocation): Promise<number> {
  const { options, output } = invocation;
  const filter = filterOf(invocation);
  const limit = options.integer("limit", { min: 0, max: 1_000_000_000 })! || Infinity;
  const config = await configOf(invocation);
  await using store = await journalOf(config);
  const entries = () => entriesOf(store, filter, "newest", limit);
  // The entries are read twice, because the banner and the columns depend on them.
  let format: Parameters<typeof writeEntries>[1];
  if (output.mode === "text") {
    const { networks, shape } = await tableOf(entries(), config, output.width);
    await output.line(bannerOf(config, networks));
    format = shape;
  } else format = output.mode;
  await tellKeptSince(store, filter, output);
  await writeEntries(
    entries(),
    format,
    config,
    (text) => output.bytes(new TextEncoder().encode(text)),
  );
  return 0;
}

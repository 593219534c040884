/**
 * `crosstown payments export` and `crosstown mayor export-payments`.
 *
 * @module
 */
import { noteNetwork } from "../../shell/home/money_banner.ts";
import { StoreError } from "../../store/store_error.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError } from "../../shell/errors.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { type EntryFormat, networksOf, writeEntries } from "./payments_entries.ts";
import { entriesOf, filterOf } from "./payments_filter.ts";
import { journalOf, tellKeptSince } from "./payments_journal.ts";
import { lstatOrNull } from "../../base/files/missing.ts";

/** Writes entries, oldest first. */
export async function paymentsExport(invocation: Invocation): Promise<number> {
  const { options, output, globals } = invocation;
  const filter = filterOf(invocation);
  const format =
    (options.text("format") ?? (output.mode === "json" ? "json" : "csv")) as EntryFormat;
  const config = await configOf(invocation);
  await using store = await journalOf(config);
  const entries = () => entriesOf(store, filter, "oldest");
  if (output.mode === "text") await noteNetwork(output, config, await networksOf(entries()));
  await tellKeptSince(store, filter, output);
  const path = options.text("to");
  if (path === undefined) {
    await writeEntries(
      entries(),
      format,
      config,
      (text) => output.bytes(new TextEncoder().encode(text)),
    );
    return 0;
  }
  const count = await intoFile(
    path,
    globals.yes,
    (write) => writeEntries(entries(), format, config, write),
  );
  await output.document(
    "payments-export",
    { file: path, format, payments: count },
    `${count} entries in ${path}`,
  );
  return 0;
}

/** The file gets its name when it is complete, so that a full disk leaves no partial export. */
async function intoFile(
  path: string,
  replace: boolean,
  fill: (write: (text: string) => Promise<void>) => Promise<number>,
): Promise<number> {
  if (!replace && await lstatOrNull(path) !== null) {
    throw new CommandError("file_exists", `${path} is there already`, "name another, or add --yes");
  }
  const part = `${path}.${crypto.randomUUID().slice(0, 8)}.part`;
  try {
    const file = await Deno.open(part, { write: true, createNew: true, mode: 0o600 });
    let count: number;
    try {
      const writer = file.writable.getWriter();
      count = await fill((text) => writer.write(new TextEncoder().encode(text)));
      await file.sync();
      await writer.close();
    } catch (error) {
      try {
        file.close();
      } catch {
        // The stream has closed the file.
      }
      throw error;
    }
    await Deno.rename(part, path);
    return count;
  } catch (cause) {
    await Deno.remove(part).catch(() => undefined);
    if (!(cause instanceof Error) || cause instanceof StoreError) throw cause;
    throw new CommandError(
      "not_written",
      `Cannot write ${path}: ${cause.message}`,
      "name another place",
      {
        cause,
      },
    );
  }
}

/**
 * Finds the job that a command names.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { JobRow } from "../../store/job_row.ts";
import { CommandError } from "../../shell/errors.ts";
import { hasStoreToShow, readStore } from "../../shell/home/read_store.ts";

/** A job of this home, bought or provided, by its id or a prefix of it. Throws CommandError `not_found`, StoreError `ambiguous`. */
export async function findJob(config: Config, id: string): Promise<JobRow> {
  if (await hasStoreToShow(config)) {
    await using store = await readStore(config);
    const row = await store.getJob(id, "buyer") ?? await store.getJob(id, "provider");
    if (row !== null) return row;
  }
  throw new CommandError(
    "not_found",
    `there is no job ${id} in this home`,
    "see 'crosstown job list'",
  );
}

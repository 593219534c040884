/**
 * `crosstown job cancel`.
 *
 * @module
 */
import type { Config } from "../services/config/config.ts";
import { openSqliteStore } from "../services/store/sqlite_store.ts";
import { isEnded } from "../services/store/job_row.ts";
import type { JobRow } from "../services/store/store.ts";
import type { Invocation } from "./command.ts";
import { daemonOf } from "./daemon_commands.ts";
import { CommandError } from "./errors.ts";
import { readStore } from "./read_store.ts";
import { jobDocument, jobText } from "./job_report.ts";
import { configOf } from "./load_config.ts";

/** Gives a job up. Exit 1 when it is over already. */
export async function jobCancel(invocation: Invocation): Promise<number> {
  const { args, io, output } = invocation;
  const config = await configOf(invocation);
  const id = args.required("id");
  const row = await (async () => {
    await using store = await readStore(config);
    return await store.getJob(id, "buyer");
  })();
  if (row === null) {
    throw new CommandError(
      "not_found",
      `there is no job ${id} in this home`,
      "see 'crosstown job list'",
    );
  }
  if (isEnded(row.status)) {
    throw new CommandError(
      "job_over",
      `job ${row.jobId} is over: ${row.status}`,
      "see 'crosstown job results'",
    );
  }
  const patch: Partial<JobRow> = {
    status: "cancelled",
    errorCode: "cancelled",
    errorMessage: "given up by its buyer",
    updatedAtMs: io.clock(),
  };
  await patchWithWhoever(config, row.jobId, patch, io.clock);
  const document = jobDocument({ ...row, ...patch }, null, io.clock());
  await output.document(document, () => jobText(document, config.profile.asset));
  return 0;
}

/** Through whoever works on the home, else by this process; one that ends before it has answered is not the end of it. */
async function patchWithWhoever(
  config: Config,
  jobId: string,
  patch: Partial<JobRow>,
  clock: () => number,
): Promise<void> {
  for (let tries = 1;; tries++) {
    const daemon = await daemonOf(config.paths.controlSocket);
    if (daemon === null) break;
    try {
      await daemon.call("cancel", { jobId, patch });
      return;
    } catch (error) {
      if ((error as { code?: unknown }).code !== "closed" || tries >= MAX_TRIES) throw error;
    } finally {
      daemon.close();
    }
  }
  const store = await openSqliteStore({ folder: config.paths.stateFolder, clock, journal: true });
  try {
    await store.commit([{ op: "patchJob", jobId, role: "buyer", patch }]);
  } finally {
    await store.close();
  }
}

const MAX_TRIES = 16;

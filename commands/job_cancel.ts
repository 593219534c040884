/**
 * `crosstown job cancel`.
 *
 * @module
 */
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
  const daemon = await daemonOf(config.paths.controlSocket);
  if (daemon !== null) {
    try {
      await daemon.call("cancel", { jobId: row.jobId, patch });
    } finally {
      daemon.close();
    }
  } else {
    const store = await openSqliteStore({ folder: config.paths.stateFolder, clock: io.clock });
    try {
      await store.commit([{ op: "patchJob", jobId: row.jobId, role: "buyer", patch }]);
    } finally {
      await store.close();
    }
  }
  const document = jobDocument({ ...row, ...patch }, null, io.clock());
  await output.document(document, () => jobText(document));
  return 0;
}

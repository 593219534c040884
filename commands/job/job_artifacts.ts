/**
 * `crosstown job artifacts`: lists or writes the files that a job produced for its buyer.
 *
 * @module
 */
import { resolve } from "../../base/path.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import type { PrintedResult } from "../../market/read_result.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError } from "../../shell/errors.ts";
import { openHomeClient } from "../../shell/home/home_client.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { printable } from "../../shell/output.ts";
import { findJob } from "./find_job.ts";
import { openMarket } from "./job_market.ts";

/** A provider packs at most 32 MiB of files; the rest of this limit is for the archive's own overhead. */
const MAX_ARCHIVE_BYTES = 40 << 20;

/** Lists the files. With `--out`, also writes them into a new or empty folder. */
export async function jobArtifacts(invocation: Invocation): Promise<number> {
  const config = await configOf(invocation);
  const { output, options, io } = invocation;
  const row = await findJob(config, invocation.args.required("id"));
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const market = await openMarket({ supervisor });
    const result = row.result === null || row.role === "provider"
      ? null
      : await market.readResult(row.kind, row.result);
    const artifacts = artifactsOf(row, result);
    const out = options.text("out");
    const about = { job_id: row.jobId, artifacts };
    const summary = `${artifacts.files} files, ${artifacts.bytes} bytes`;
    if (out === undefined) {
      await output.document(
        "job-artifacts",
        about,
        `${row.jobId}: ${summary}; --out FOLDER writes them\n${
          printable(artifacts.urls.join("\n"))
        }`,
        [{ job_id: row.jobId, files: artifacts.files, bytes: artifacts.bytes }],
      );
      return 0;
    }
    const folder = await emptyFolder(resolve(io.cwd(), out));
    const { sha256, size, urls, key } = artifacts;
    await using home = await openHomeClient(invocation, config);
    const { path: archive } = await home.fetchBlob({
      reference: { sha256, size, urls, ...key !== undefined && { key } },
      ...key !== undefined && row.provider !== null && { author: row.provider },
      maxBytes: MAX_ARCHIVE_BYTES,
    });
    const unpacker = await supervisor.service("artifact-unpacker", { archive, folder });
    const { files, leftOut } = await unpacker.client().unpack();
    const written = files.map(({ path, sizeBytes }) => ({ path, size_bytes: sizeBytes }));
    await output.document(
      "job-artifacts",
      { ...about, folder, files: written, left_out: leftOut },
      [
        ...written.map(({ path, size_bytes }) => `${printable(path)}  ${size_bytes}`),
        `${row.jobId}: ${summary}, in ${printable(folder)}`,
      ].join("\n"),
      written,
    );
    return 0;
  } finally {
    await supervisor.stop(0);
  }
}

function artifactsOf(
  { jobId }: JobRow,
  result: PrintedResult | null,
): NonNullable<PrintedResult["artifacts"]> {
  if (result?.artifacts !== undefined) return result.artifacts;
  const code = result?.artifacts_error;
  throw new CommandError(
    "no_artifacts",
    code === undefined
      ? `${jobId} has no artifacts`
      : `the provider kept no artifacts of ${jobId} (${code})`,
    "name them when the job is submitted, e.g. --artifact 'dist/**'",
  );
}

/** Returns the real path of a folder that is new or empty. Such a folder holds no link that could lead out of it. */
async function emptyFolder(path: string): Promise<string> {
  await Deno.mkdir(path, { recursive: true });
  for await (const _ of Deno.readDir(path)) {
    throw new CommandError(
      "not_empty",
      `${path} is not empty`,
      "name a new folder: nothing is written over",
    );
  }
  return await Deno.realPath(path);
}

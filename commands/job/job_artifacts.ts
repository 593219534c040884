/**
 * `crosstown job artifacts`: lists, prints or writes the files that a job produced for its buyer.
 *
 * @module
 */
import { resolve } from "../../base/path.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import type { PrintedResult } from "../../market/read_result.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError, UsageError } from "../../shell/errors.ts";
import { openHomeClient } from "../../shell/home/home_client.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { printable } from "../../shell/output.ts";
import { findJob } from "./find_job.ts";
import { openMarket } from "./open_market.ts";

/** A provider packs at most 32 MiB of files; the rest of this limit is for the archive's own overhead. */
const MAX_ARCHIVE_BYTES = 40 << 20;

/** The largest file that a JSON document holds. */
const MAX_DOCUMENT_FILE_BYTES = 4 << 20;

/** Prints how many files there are; `--list` prints their names, `--read` prints one of them, and `--out` writes them into a new folder. */
export async function jobArtifacts(invocation: Invocation): Promise<number> {
  const config = await configOf(invocation);
  const { output, options, io } = invocation;
  const [out, read, list] = [options.text("out"), options.text("read"), options.on("list")];
  if (Number(out !== undefined) + Number(read !== undefined) + Number(list) > 1) {
    throw new UsageError("--out, --list and --read exclude each other", "give one of them");
  }
  const row = await findJob(config, invocation.args.required("id"));
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const market = await openMarket({ supervisor });
    const result = row.result === null || row.role === "provider"
      ? null
      : await market.readResult(row.kind, row.result);
    const artifacts = artifactsOf(row, result);
    const about = { job_id: row.jobId, artifacts };
    const summary = `${artifacts.files} ${
      artifacts.files === 1 ? "file" : "files"
    }, ${artifacts.bytes} bytes`;
    if (out === undefined && read === undefined && !list) {
      await output.document(
        "job-artifacts",
        about,
        `${row.jobId}: ${summary}; --list names them, --out FOLDER writes them\n${
          printable(artifacts.urls.join("\n"))
        }`,
        [{ job_id: row.jobId, files: artifacts.files, bytes: artifacts.bytes }],
      );
      return 0;
    }
    const folder = out === undefined ? undefined : await emptyFolder(resolve(io.cwd(), out));
    const { sha256, size, urls, key } = artifacts;
    await using home = await openHomeClient(invocation, config);
    const { path: archive } = await home.fetchBlob({
      reference: { sha256, size, urls, ...key !== undefined && { key } },
      ...key !== undefined && row.provider !== null && { author: row.provider },
      maxBytes: MAX_ARCHIVE_BYTES,
    });
    const unpacker = (await supervisor.service("artifact-unpacker", {
      archive,
      ...folder !== undefined && { folder },
    })).client();
    if (read !== undefined) {
      const maxBytes = output.mode === "text" ? Infinity : MAX_DOCUMENT_FILE_BYTES;
      const file = await unpacker.read(read, maxBytes);
      if (file === null) throw noFile(row, read);
      if (output.mode === "text") {
        await output.bytes(file.bytes);
        return 0;
      }
      const document = fileDocument(row, read, file);
      await output.document("job-artifacts", { ...about, file: document }, "", [document]);
      return 0;
    }
    const { files, leftOut } = await (folder === undefined ? unpacker.list() : unpacker.unpack());
    const named = files.map(({ path, sizeBytes }) => ({ path, size_bytes: sizeBytes }));
    await output.document(
      "job-artifacts",
      { ...about, ...folder !== undefined && { folder }, files: named, left_out: leftOut },
      [
        ...named.map(({ path, size_bytes }) => `${printable(path)}  ${size_bytes}`),
        `${row.jobId}: ${summary}${folder === undefined ? "" : `, in ${printable(folder)}`}`,
      ].join("\n"),
      named,
    );
    return 0;
  } finally {
    await supervisor.stop(0);
  }
}

/** A file as text, or as base64 if it is not UTF-8. */
function fileDocument(
  { jobId }: JobRow,
  path: string,
  { bytes, sizeBytes }: {
    readonly bytes: Uint8Array<ArrayBuffer>;
    readonly sizeBytes: number;
  },
) {
  if (sizeBytes > bytes.length) {
    throw new CommandError(
      "too_large",
      `${path} of ${jobId} has ${sizeBytes} bytes, a document at most ${MAX_DOCUMENT_FILE_BYTES}`,
      `write it instead: crosstown job artifacts ${jobId} --out FOLDER`,
    );
  }
  return { path, size_bytes: sizeBytes, ...contentOf(bytes) };
}

function contentOf(bytes: Uint8Array<ArrayBuffer>): Record<string, string> {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { base64: bytes.toBase64() };
  }
}

function noFile({ jobId }: JobRow, path: string): CommandError {
  return new CommandError(
    "no_file",
    `${jobId} left no file ${path}`,
    `crosstown job artifacts ${jobId} --list names its files`,
  );
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

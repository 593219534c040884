/**
 * `crosstown job artifacts`: its name, arguments and flags.
 *
 * @module
 */
import type { CommandSpec } from "../../shell/command.ts";

/** The command, with the argument that names a job. */
export function artifactsCommand(id: NonNullable<CommandSpec["args"]>[number]): CommandSpec {
  return {
    name: "artifacts",
    summary: "list the files that a job produced for you; --read prints one, --out writes them",
    description:
      "Files are kept for 7 days. The folder must be new or empty. No file is overwritten, and nothing is written outside the folder.",
    args: [id],
    options: [
      { flags: "--out <folder>", summary: "a new or empty folder", values: "file" },
      { flags: "--list", summary: "fetch the files and print the path and size of each" },
      {
        flags: "--read <path>",
        summary: "print this file; with --output json at most 4 MiB, as text or base64",
      },
    ],
    examples: [
      { command: "crosstown job artifacts job-5abc123 --out ./dist-amd64" },
      { command: "crosstown job artifacts job-5abc123 --read dist/report.txt" },
    ],
    effect: "changes",
    run: async (invocation) => await (await import("./job_artifacts.ts")).jobArtifacts(invocation),
  };
}

/**
 * `crosstown node benchmark`: measures the machine and stores the figures for the announcement.
 *
 * @module
 */
import { RUN_PREFIX, temporaryFolder } from "../../base/files/temporary_folder.ts";
import { writeOwnBenchmark } from "../../home/local/own_benchmark.ts";
import { type Benchmark, MEASURES, measureSpeed } from "../../skills/benchmark.ts";
import { findControlGroups } from "../../skills/sandbox/control_groups.ts";
import { probeSandbox } from "../../skills/sandbox/sandbox_probe.ts";
import { sandboxTier } from "../../skills/sandbox/tier.ts";
import { locateTools } from "../../skills/sandbox/tools.ts";
import type { Invocation } from "../../shell/command.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { alignedText } from "../../shell/output.ts";
import { skillMachine } from "../../shell/platform.ts";
import { temporaryRoot } from "../../shell/temporary_root.ts";

/**
 * Measures the machine, prints the figures and stores them unless `--no-keep` is given. Exits with 0 even without a sandbox. With `--dry-run`
 * it measures nothing, and says what it would measure and write.
 */
export async function nodeBenchmark(invocation: Invocation): Promise<number> {
  const { io, output, globals, options, signal } = invocation;
  const config = await configOf(invocation);
  const { path, execPath, sandbox: choice } = skillMachine(io.env, config);
  const temp = temporaryRoot(io.env, "/var/tmp");
  const keeps = options.on("keep");
  if (globals.dryRun) {
    const file = keeps ? config.paths.benchmarkFile : null;
    await output.document(
      "benchmark-dry-run",
      { dry_run: true, measures: MEASURES, scratch: temp, file },
      () => {
        const then = file === null ? "keep nothing" : `write the figures into ${file}`;
        return `Would measure ${MEASURES.join(", ")}, with files in ${temp}, and ${then}`;
      },
    );
    return 0;
  }
  const located = await locateTools({ path, execPath });
  const { sh } = located;
  const tools = { ...located, groups: sh === null ? null : await findControlGroups({ sh, path }) };
  // The scratch folder is on the same disk as the jobs.
  const scratch = await temporaryFolder({ dir: temp, prefix: RUN_PREFIX });
  try {
    const sandbox = await probeSandbox(tools, io.clock, scratch, choice);
    const measured = await measureSpeed({
      tools,
      sandbox,
      scratch,
      signal,
      clock: io.clock,
      onStep: (what) => void output.note(`measuring ${what}`),
    });
    if (keeps) await writeOwnBenchmark(config.paths, measured);
    const tier = sandboxTier(sandbox, tools.groups);
    await output.document("benchmark", {
      measured_at: new Date(measured.atS * 1_000).toISOString(),
      cpu_bytes_s: whole(measured.cpuBytesS),
      cpus_bytes_s: whole(measured.cpusBytesS),
      disk_bytes_s: whole(measured.diskBytesS),
      sandbox_ms: whole(measured.sandboxMs),
      tier,
      kept: keeps,
    }, () => text(measured, tier, keeps));
    return 0;
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

function text(measured: Benchmark, tier: string, kept: boolean): string {
  const { cpuBytesS, cpusBytesS, diskBytesS, sandboxMs } = measured;
  const rows = [
    ["SHA-256, one processor", mbS(cpuBytesS)],
    ["SHA-256, all processors", mbS(cpusBytesS)],
    ["disk, written and synced", mbS(diskBytesS)],
    [
      "an empty job in the sandbox",
      sandboxMs === null ? "none here" : `${sandboxMs.toFixed(1)} ms`,
    ],
    ["sandbox", tier],
  ];
  const then = kept
    ? "A running node announces these figures with its next heartbeat, a node that starts at once."
    : "Nothing was kept.";
  return `${alignedText(rows)}\n\n${then}`;
}

function mbS(bytesS: number | null): string {
  return bytesS === null ? "not measured" : `${(bytesS / 1e6).toFixed(0)} MB/s`;
}

function whole(figure: number | null): number | null {
  return figure === null ? null : Math.round(figure);
}

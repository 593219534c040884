/**
 * `crosstown payments verify`.
 *
 * @module
 */
import { StoreError } from "../../store/store_error.ts";
import { isLockHeld } from "../../store/lock.ts";
import type { OpenStore } from "../../store/store.ts";
import { verifyHome, type VerifyReport } from "../../trail/recovery/verify_home.ts";
import type { Difference } from "../../trail/recovery/trail.ts";
import { bannerOf } from "../../shell/home/money_banner.ts";
import type { Invocation } from "../../shell/command.ts";
import { UsageError } from "../../shell/errors.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { refuseMissingHome } from "../../shell/home/read_store.ts";
import { alignedText, printableLine } from "../../shell/output.ts";
import { readStore, storeIsThere } from "../../shell/home/read_store.ts";
import type { Config } from "../../config/config.ts";

/** Compares journal, log, git and checkpoints. Exit 1 if they differ. */
export async function paymentsVerify(invocation: Invocation): Promise<number> {
  const { options, output, io } = invocation;
  const signer = options.text("signer")?.toLowerCase();
  if (signer !== undefined && !/^[0-9a-f]{64}$/.test(signer)) {
    throw new UsageError("--signer must be 64 hex digits", "'crosstown wallet whoami' shows yours");
  }
  const config = await configOf(invocation);
  await refuseMissingHome(config);
  const path = io.env("PATH") ?? "";
  const atWork = await isLockHeld(`${config.paths.stateFolder}/state.lock`);
  let report = await verifyOnce(config, path, signer, atWork);
  if (report.difference !== null && atWork) {
    // A day may have been sealed, or git packed, during the check. So a fault is reported only if a second check finds it too.
    report = await verifyOnce(config, path, signer, atWork);
  }
  await output.document(
    "payments-verify",
    documentOf(report),
    () => `${bannerOf(config)}\n${textOf(report)}`,
    [rowOf(report)],
  );
  return report.difference === null ? 0 : 1;
}

async function verifyOnce(
  config: Config,
  path: string,
  signer: string | undefined,
  atWork: boolean,
): Promise<VerifyReport> {
  const folder = config.paths.stateFolder;
  const store = await storeOf(config);
  try {
    return await verifyHome({
      place: { folder, path },
      store,
      clock: Date.now,
      atWork,
      asset: config.profile.asset,
      ...(signer === undefined ? {} : { signer }),
    });
  } finally {
    if (store !== null && !(store instanceof Error)) await store.close();
  }
}

/** A store that cannot be read is reported as a finding. */
async function storeOf(config: Config): Promise<OpenStore | null | Error> {
  if (!await storeIsThere(config)) return null;
  try {
    return await readStore(config);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return error;
  }
}

function documentOf(report: VerifyReport): Readonly<Record<string, unknown>> {
  return {
    ok: report.difference === null,
    entries: report.entries,
    commits: report.commits,
    lines: report.lines,
    checkpoints: report.checkpoints,
    files: report.files,
    behind: report.behind,
    first_seq: report.firstSeq,
    last_seq: report.lastSeq,
    sealed_seq: report.sealedSeq,
    stale_files: report.stale,
    other_commits: report.otherCommits,
    signers: report.signers,
    sources: report.sources,
    difference: report.difference,
  };
}

function rowOf(report: VerifyReport) {
  const { signers: _s, sources: _o, difference, ...rest } = documentOf(report);
  const words = difference === null ? null : (difference as Difference).message;
  return { ...rest, difference: words } as Record<string, string | number | boolean | null>;
}

function textOf(report: VerifyReport): string {
  const { sources, difference } = report;
  const range = report.firstSeq === null ? "" : ` (${report.firstSeq} to ${report.lastSeq})`;
  const state = (source: string, words: string) =>
    source === "read" ? words : printableLine(source);
  const lines = [
    ["entries", `${report.entries}${range}`],
    ["journal", state(sources.journal, `read, ${report.behind} entries are not in git yet`)],
    ["log", state(sources.log, `${report.lines} lines`)],
    [
      "git",
      state(sources.git, `${report.commits} commits of entries, ${report.otherCommits} others`),
    ],
    ["files", `${report.files} as git has them, ${report.stale} not brought up to date`],
    [
      "checkpoints",
      report.checkpoints === 0
        ? difference === null ? "none: no checkpoint is signed yet" : "none up to the difference"
        : `${report.checkpoints}, up to entry ${report.sealedSeq}, signed by ${
          report.signers.join(", ")
        }`,
    ],
  ];
  return [alignedText(lines), "", differenceText(difference)].join("\n");
}

function differenceText(difference: Difference | null): string {
  if (difference === null) return "No difference: all parts agree";
  const { file, line, seq, commit, field, expected, found, message } = difference;
  const where = [
    ...(file === null ? [] : [line === null ? file : `${file}:${line}`]),
    ...(seq === null ? [] : [`entry ${seq}`]),
    ...(commit === null ? [] : [`commit ${commit.slice(0, 12)}`]),
  ].join(", ");
  return [
    `DIFFERENCE in ${where === "" ? difference.where : where}`,
    `  ${printableLine(message)}`,
    ...(expected === null
      ? []
      : [`  ${field ?? "expected"}: should be ${printableLine(expected)}`]),
    ...(found === null ? [] : [`  found: ${printableLine(found)}`]),
  ].join("\n");
}

/**
 * Plans a job for any command that submits jobs, and makes it.
 *
 * @module
 */
import { inFreeSecond } from "./same_second.ts";
import type { Config } from "../../config/config.ts";
import type { JobFlags } from "../../market/intake.ts";
import type { Market } from "../../market/market_service.ts";
import type { PackedFiles } from "../../market/packing/folder_archive.ts";
import type { JobRow } from "../../store/job_row.ts";
import { type AutoDepositWatch, checkBalance } from "../../shell/auto_deposits.ts";
import type { HomeClient } from "../../shell/home/home_client.ts";
import type { Invocation } from "../../shell/command.ts";
import { unlessAborted } from "../../base/until_aborted.ts";
import { type LargeInput, storeLarge } from "./job_blob.ts";
import { makeJob, planWith } from "./job_making.ts";
import { EarlierJob, type JobOnce } from "./job_once.ts";
import { partsWords } from "./payment_words.ts";
import { privately } from "./private_job.ts";

/** A job with its input, its files and its privacy. */
export interface WantedJob extends JobFlags {
  readonly callbackSkill: string | null;
  readonly again?: boolean;
  /** Whether only its provider may read it. */
  readonly isPrivate?: boolean;
  /** The hash of a private input that is stored encrypted. */
  readonly inputHash?: string | null;
  /** The rule for comparing answers. Two jobs with different rules are different jobs. */
  readonly verify?: string;
}

/** Plans the job and makes it, or finds the job that the same command made before. Returns null if only the plan was asked for. */
export async function planAndMake(
  invocation: Invocation,
  config: Config,
  home: HomeClient,
  market: Market,
  flags: WantedJob,
  files: PackedFiles | null,
  large: LargeInput | null,
  once: JobOnce,
  deposits: AutoDepositWatch,
): Promise<{ readonly row: JobRow; readonly existing: boolean } | null> {
  const { globals, io, output, signal } = invocation;
  const onBuilt = globals.dryRun ? undefined : once.onBuilt((ask) => home.read(ask));
  let isStored = false;
  const attempt = async () => {
    const plan = planWith(
      home,
      market,
      config,
      privately(flags, flags.isPrivate, home.about),
      onBuilt,
    );
    const planned = await unlessAborted(signal, plan);
    await home.read(async (store) => {
      await checkBalance(config, store, planned.writeUnits + planned.priceUnits, io.clock());
      await deposits.look(store, io.clock());
    });
    if (planned.note !== undefined) await output.note(planned.note);
    const parts = partsWords(planned, config.profile.asset);
    if (parts !== null && !globals.dryRun) await output.note(`It is paid ${parts}`);
    // The input is stored before the job is made, because the provider fetches it at once.
    if (!globals.dryRun && large !== null && !isStored) {
      await storeLarge(invocation, home, config, large);
      isStored = true;
    }
    if (!globals.dryRun) return await makeJob(home, config, planned, flags, once, io.clock);
    const { showPlan } = await import("./dry_run.ts");
    await showPlan(invocation, planned, files, config);
    return null;
  };
  try {
    return await inFreeSecond(io.clock, signal, attempt);
  } catch (error) {
    if (!(error instanceof EarlierJob)) throw error;
    return { row: error.row, existing: true };
  }
}

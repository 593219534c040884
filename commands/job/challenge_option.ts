/**
 * Reads `--challenge` and `jobs.challenge`: the probability that a job is done twice.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { parseChance } from "../../market/challenge.ts";
import type { Invocation } from "../../shell/command.ts";
import { UsageError } from "../../shell/errors.ts";
import { misfitOfSeveral } from "./verify_option.ts";

/** A probability above 0. */
export interface Chance {
  readonly chance: number;
  /** True if this command has `--challenge`. False if the probability is from the configuration. */
  readonly isAsked: boolean;
}

/**
 * The probability. Null if the job is certainly not challenged. The probability of the configuration does not apply to a job with an
 * option that cannot be combined with `--challenge`. Throws InputError, UsageError.
 */
export function challengeChance(
  { options }: Pick<Invocation, "options">,
  config: Pick<Config, "get">,
): Chance | null {
  const text = options.text("challenge");
  const misfit = options.text("verify") !== undefined
    ? new UsageError("--verify has every job done by several providers", "leave --challenge out")
    : misfitOfSeveral("--challenge", options);
  if (text !== undefined) {
    const chance = parseChance(text);
    if (misfit !== null) throw misfit;
    return chance === 0 ? null : { chance, isAsked: true };
  }
  const chance = config.get("jobs.challenge");
  const fits = misfit === null && options.list("artifact").length === 0 &&
    !PAID_IN_PARTS.includes(options.text("payment") ?? "");
  return chance === 0 || !fits ? null : { chance, isAsked: false };
}

/** A part of the bid is little for these modes, so they are challenged only if the command says so. */
const PAID_IN_PARTS: readonly string[] = ["on-delivery", "metered"];

/** A number of at least 0 and less than 1 that no provider can predict. */
export function secureRandom(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] / 2 ** 32;
}

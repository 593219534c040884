/**
 * `--challenge` and `jobs.challenge`: with which probability a job is done twice.
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
  /** Whether this command asks for it, and not only the configuration. */
  readonly isAsked: boolean;
}

/**
 * The probability; null where the job is not challenged in any case. What the configuration says holds for no job with an option that
 * does not go with it. Throws InputError, UsageError.
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
  // A private job leaves no artifacts.
  const fits = misfit === null && options.list("artifact").length === 0;
  return chance === 0 || !fits ? null : { chance, isAsked: false };
}

/** From 0 up to, and without, 1; no provider can foresee it. */
export function secureRandom(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] / 2 ** 32;
}

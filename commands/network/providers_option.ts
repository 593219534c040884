/**
 * `--providers COUNT` of the embedded network.
 *
 * @module
 */
import type { OptionSpec } from "../../shell/option_spec.ts";
import type { Given } from "../../shell/given.ts";

/** The most providers. Each is a process of some hundred megabytes, so one machine holds fewer. */
const MAX_PROVIDERS = 64;

/** The option's declaration. */
export const PROVIDERS_OPTION: OptionSpec = {
  flags: "--providers <count>",
  summary: "number of providers, each a process with its own home",
  default: "1",
};

/** Reads the option. Throws a UsageError outside of 1 to 64. */
export function providersFrom(options: Given): number {
  return options.integer("providers", { min: 1, max: MAX_PROVIDERS }) ?? 1;
}

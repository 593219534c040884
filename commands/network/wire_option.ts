/**
 * `--wire`: which of the two wires an embedded network's homes speak.
 *
 * @module
 */
import { DEFAULT_WIRE, WIRE_NAMES } from "../../protocols/wires/names.ts";
import type { Profile } from "../../config/profile.ts";
import type { OptionSpec } from "../../shell/option_spec.ts";
import type { Given } from "../../shell/given.ts";

/** The option, the same wherever a network is started. */
export const WIRE_OPTION: OptionSpec = {
  flags: "--wire <name>",
  summary: "the wire between its homes and the connector; the connector understands both",
  choices: WIRE_NAMES,
  default: DEFAULT_WIRE,
};

/** The wire that was named; the parser lets no other name through. */
export function wireFrom(options: Given): Profile["wire"] {
  const named = options.text("wire");
  return WIRE_NAMES.find((name) => name === named) ?? DEFAULT_WIRE;
}

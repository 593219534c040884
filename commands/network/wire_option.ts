/**
 * `--wire`: which of the two wires the homes of an embedded network use.
 *
 * @module
 */
import { DEFAULT_WIRE, WIRE_NAMES } from "../../protocols/wires/names.ts";
import type { Profile } from "../../config/profile.ts";
import type { OptionSpec } from "../../shell/option_spec.ts";
import type { Given } from "../../shell/given.ts";

/** The option, shared by all commands that start a network. */
export const WIRE_OPTION: OptionSpec = {
  flags: "--wire <name>",
  summary: "the wire between its homes and the connector; the connector understands both",
  choices: WIRE_NAMES,
  default: DEFAULT_WIRE,
};

/** Reads the option. The parser refuses unknown names. */
export function wireFrom(options: Given): Profile["wire"] {
  const named = options.text("wire");
  return WIRE_NAMES.find((name) => name === named) ?? DEFAULT_WIRE;
}

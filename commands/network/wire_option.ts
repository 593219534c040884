/**
 * `--wire`: which of the two wires an embedded network's homes speak.
 *
 * @module
 */
import type { Profile } from "../../config/profile.ts";
import type { OptionSpec } from "../shell/option_spec.ts";
import type { Given } from "../shell/given.ts";

/** The option, the same wherever a network is started. */
export const WIRE_OPTION: OptionSpec = {
  flags: "--wire <name>",
  summary: "how its homes speak to the connector; the connector understands both",
  choices: ["interledger", "crosstown"],
  default: "interledger",
};

/** The wire that was named; the parser lets no other name through. */
export function wireFrom(options: Given): Profile["wire"] {
  return options.text("wire") === "crosstown" ? "crosstown" : "interledger";
}

/**
 * `crosstown demo`: runs a whole market once, on a temporary network.
 *
 * @module
 */
import type { CommandSpec } from "../../shell/command.ts";
import { WIRE_OPTION } from "../network/wire_option.ts";

/** `crosstown demo`. */
export const command: CommandSpec = {
  name: "demo",
  summary: "run one paid job on an embedded network, step by step",
  description:
    "Starts a relay, a connector, an EVM chain and a provider in a temporary home, opens a channel, buys a test run of a small " +
    "real project, settles on the chain, shows every step, the log and all balances, and cleans up. Exit 0 when every step succeeded.",
  options: [
    {
      flags: "--fail",
      summary: "make the project's tests fail, to show a job that ends with an exit code",
    },
    WIRE_OPTION,
  ],
  examples: [
    { command: "crosstown demo" },
    { command: "crosstown demo --wire crosstown" },
    { command: "crosstown demo --fail" },
    { command: "crosstown demo --output json | jq .steps" },
  ],
  effect: "changes",
  run: async (invocation) => await (await import("./demo_run.ts")).demoRun(invocation),
};

/**
 * `crosstown dev`: runs the embedded network.
 *
 * @module
 */
import type { CommandSpec, Invocation } from "../../shell/command.ts";
import type { OptionSpec } from "../../shell/option_spec.ts";
import { PROVIDERS_OPTION } from "./providers_option.ts";
import { WIRE_OPTION } from "./wire_option.ts";

/** The options that shape the network. `up` passes them on to the process that it starts. */
const NETWORK_OPTIONS: readonly OptionSpec[] = [
  {
    flags: "--relay-port <port>",
    summary: "port to listen on; 0 chooses a free one",
    default: "0",
  },
  {
    flags: "--connector-port <port>",
    summary: "port to listen on; 0 chooses a free one",
    default: "0",
  },
  {
    flags: "--jobs <count>",
    summary: "number of jobs that its provider runs at once",
    default: "4",
  },
  PROVIDERS_OPTION,
  WIRE_OPTION,
];

/** `crosstown dev up|status|balances|advance|down`. */
export const command: CommandSpec = {
  name: "dev",
  summary: "run an embedded network for trying: up, status, balances, advance, down",
  description:
    "A pay-to-write relay, a connector, an EVM chain and a provider on this machine, with a funded wallet.\n" +
    "Nothing signed there is worth anything elsewhere. While it is up it is this home's default network.",
  commands: [
    {
      name: "up",
      summary: "start it",
      description:
        "Starts all parts on free ports of this machine and waits until each answers. Without --detach it runs until Ctrl-C, or until the process that started it ends.",
      options: [
        { flags: "--detach", summary: "leave it running in the background" },
        { flags: "--stay", summary: "keep running after the process that started it ends" },
        {
          flags: "--until-stdin-closes",
          summary: "stop when standard input ends, even with --detach; for programs",
        },
        ...NETWORK_OPTIONS,
      ],
      examples: [
        {
          command: "crosstown dev up --detach",
          note: "then: crosstown job submit echo --input hi --wait",
        },
        { command: "crosstown dev up --detach --output json" },
        { command: "crosstown dev up --wire crosstown" },
        { command: "crosstown dev up --detach --providers 3", note: "a market to choose from" },
      ],
      effect: "changes",
      run: async (invocation) => await (await import("./dev_up.ts")).devUp(invocation),
    },
    {
      name: "run",
      summary: "the network's own process (what 'up' holds)",
      options: [
        ...NETWORK_OPTIONS,
        { flags: "--until-stdin-closes", summary: "stop when standard input ends" },
      ],
      examples: [{ command: "crosstown dev run --wire crosstown --output json" }],
      effect: "changes",
      run: async (invocation) => await (await import("./dev_run.ts")).devRun(invocation),
    },
    {
      name: "status",
      summary: "show its addresses, what the relay stores, and the sessions at the connector",
      examples: [{ command: "crosstown dev status --output json" }],
      effect: "reads",
      run: async (invocation: Invocation) =>
        await (await import("./dev_up.ts")).devStatus(invocation),
    },
    {
      name: "advance",
      summary: "advance the chain's clock, for example past a grace period",
      args: [{ name: "<time>", summary: "how far: 90s, 30m, 24h or 2d" }],
      examples: [
        { command: "crosstown dev advance 1d", note: "then: crosstown channel settle ch_..." },
      ],
      effect: "changes",
      run: async (invocation: Invocation) =>
        await (await import("./dev_up.ts")).devAdvance(invocation),
    },
    {
      name: "balances",
      summary: "show all balances on the chain",
      examples: [{ command: "crosstown dev balances --output json" }],
      effect: "reads",
      run: async (invocation: Invocation) =>
        await (await import("./dev_up.ts")).devBalances(invocation),
    },
    {
      name: "down",
      summary: "stop it and remove its data",
      options: [{ flags: "--keep", summary: "leave its folder" }],
      examples: [{ command: "crosstown dev down" }],
      effect: "changes",
      run: async (invocation: Invocation) =>
        await (await import("./dev_up.ts")).devDown(invocation),
    },
  ],
};

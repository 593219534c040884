/**
 * `crosstown node`: a provider's daemon.
 *
 * @module
 */
import type { CommandSpec } from "../../shell/command.ts";
import type { OptionSpec } from "../../shell/option_spec.ts";
import { ALLOW_LOCAL, ISOLATE, LINES, METRICS, switchesOf } from "./daemon.ts";
import type { Given } from "../../shell/given.ts";

const OPTIONS: readonly OptionSpec[] = [
  {
    flags: "--jobs <count>",
    summary: "number of jobs to run at once (default: node.jobs of the configuration, 4)",
  },
  {
    flags: "--tag <tag>",
    summary: "a t tag to announce in addition to those of the skills",
    repeat: true,
  },
  { flags: "--allow-buyer <pubkey>", summary: "serve only this buyer", repeat: true },
  ALLOW_LOCAL,
  ISOLATE,
  METRICS,
];

/** `crosstown node up|down|status`. */
export const command: CommandSpec = {
  name: "node",
  summary: "run a provider: take paid jobs, run them, publish their results",
  commands: [
    {
      name: "up",
      summary: "start it",
      description:
        "Starts a provider with this home's wallet. It announces its prices, takes paid requests, runs them and publishes their " +
        "results. Without --detach it runs until Ctrl-C. On a terminal it then opens the dashboard of 'node attach': q closes the " +
        "dashboard, and the provider goes on in this terminal.\n" +
        "With --network dev it joins the dev network of the home that you use without --home. The network gives it tokens and a route; " +
        "it needs a home of its own.",
      options: [
        ...OPTIONS,
        { flags: "--detach", summary: "leave it running in the background" },
        { flags: "--plain", summary: "show its status, also on a terminal, and no dashboard" },
      ],
      examples: [
        { command: "crosstown node up --tag ci-cd-linux --jobs 8" },
        { command: "crosstown node up --detach --output json" },
        {
          command: "crosstown node up --network dev --home ~/try --detach",
          note: "beside 'dev up': tries the skills in ~/try/skills",
        },
      ],
      effect: "spends",
      run: async (invocation) => {
        const { asOwnersFault } = await import("./owners_fault.ts");
        return await asOwnersFault(async () => {
          await (await import("./dev_join.ts")).joinDevNetwork(invocation);
          return await (await import("./daemon_commands.ts")).up(
            invocation,
            "node",
            nodeArgs(invocation.options),
          );
        });
      },
    },
    {
      name: "run",
      summary: "the provider's own process (what 'up' holds)",
      options: [...OPTIONS, {
        flags: "--until-stdin-closes",
        summary: "stop when standard input ends",
      }, {
        flags: "--own-network",
        summary: "set by 'dev run' for the providers that it starts",
      }, {
        flags: "--skills-of <folder>",
        summary: "with --own-network: serve the approved skills of that home",
      }, {
        flags: "--sandbox <name>",
        summary: "with --own-network: the sandbox of jobs, in place of that of node.sandbox",
      }, {
        flags: "--name <name>",
        summary: "with --own-network: the provider's name, if node.name sets none",
      }],
      examples: [{
        command: "crosstown node run",
        note: "under systemd: exit 75 asks to be started again",
      }],
      effect: "spends",
      run: async (invocation) => await (await import("./node_run.ts")).nodeRun(invocation),
    },
    {
      name: "attach",
      lines: true,
      summary: "show the provider's home live: jobs, earnings, payments, events",
      description:
        "On a terminal it opens a full screen: ? shows the keys; q closes the screen, and the daemon continues. Without a terminal, " +
        "or with --lines, " +
        "it prints a line for each event.",
      options: [LINES],
      examples: [{ command: "crosstown node attach" }],
      effect: "spends",
      run: async (invocation) =>
        await (await import("../dashboard/attach.ts")).attach(invocation, null),
    },
    {
      name: "benchmark",
      summary: "measure this machine for the announcement",
      description:
        "Measures for about four seconds: SHA-256 on one processor and on all, writing to the disk where jobs run, and an empty job in " +
        "the sandbox. The node signs the figures in its announcement. Buyers filter and sort by them.",
      options: [{ flags: "--no-keep", summary: "show the figures, and do not announce them" }],
      examples: [
        { command: "crosstown node benchmark" },
        { command: "crosstown node benchmark --no-keep --output json", note: "keeps nothing" },
        { command: "crosstown node benchmark --dry-run", note: "measures nothing" },
      ],
      dryRun: true,
      effect: "changes",
      run: async (invocation) =>
        await (await import("./node_benchmark.ts")).nodeBenchmark(invocation),
    },
    {
      name: "status",
      summary: "show whether it is up, what it serves, and what it earned",
      examples: [{ command: "crosstown node status --output json" }],
      effect: "reads",
      run: async (invocation) =>
        await (await import("./daemon_commands.ts")).status(invocation, "node"),
    },
    {
      name: "pause",
      summary: "accept no new jobs until 'node resume'; accepted jobs go on",
      description:
        "It holds until it is resumed, also over restarts. Buyers are refused before they pay and may ask another provider; the announcement is withdrawn.",
      examples: [{ command: "crosstown node pause" }],
      effect: "changes",
      run: async (invocation) =>
        await (await import("./pause.ts")).pauseCommand(invocation, "selling", true),
    },
    {
      name: "resume",
      summary: "accept jobs again after a pause",
      examples: [{ command: "crosstown node resume" }],
      effect: "changes",
      run: async (invocation) =>
        await (await import("./pause.ts")).pauseCommand(invocation, "selling", false),
    },
    {
      name: "down",
      summary: "stop it; the next 'node up' starts its running jobs again",
      examples: [{ command: "crosstown node down" }],
      effect: "changes",
      run: async (invocation) =>
        await (await import("./daemon_commands.ts")).down(invocation, "node"),
    },
  ],
};

function nodeArgs(
  options: Pick<Given, "text" | "list" | "on">,
): string[] {
  const jobs = options.text("jobs");
  return [
    ...(jobs === undefined ? [] : ["--jobs", jobs]),
    ...options.list("tag").flatMap((tag) => ["--tag", tag]),
    ...switchesOf(options),
    ...options.list("allowBuyer").flatMap((key) => ["--allow-buyer", key]),
  ];
}

/**
 * `crosstown mayor`: a buyer's daemon. It holds the unlocked wallet, sends the jobs of commands, and receives results.
 *
 * @module
 */
import type { CommandSpec } from "../../shell/command.ts";
import { ALLOW_LOCAL, ISOLATE, LINES, METRICS, switchesOf } from "./daemon.ts";
import { EXPORT_OPTIONS } from "../payments/payments.ts";

/** `crosstown mayor up|run|attach|status|down|export-payments`. */
export const command: CommandSpec = {
  name: "mayor",
  summary: "run a buyer's daemon: send jobs, receive results, call skills",
  commands: [
    {
      name: "up",
      summary: "start it",
      description:
        "Starts the buyer's daemon. It opens the wallet once, sends the jobs that commands give it, receives results and " +
        "watches the channels. Without --detach it runs until Ctrl-C.",
      options: [
        ALLOW_LOCAL,
        ISOLATE,
        METRICS,
        { flags: "--detach", summary: "leave it running in the background" },
      ],
      examples: [{
        command: "crosstown mayor up --detach",
        note: "jobs then go out without a passphrase",
      }],
      effect: "spends",
      run: async (invocation) =>
        await (await import("./daemon_commands.ts")).up(
          invocation,
          "mayor",
          switchesOf(invocation.options),
        ),
    },
    {
      name: "run",
      summary: "the daemon's own process (what 'up' holds)",
      options: [
        ALLOW_LOCAL,
        ISOLATE,
        METRICS,
        { flags: "--until-stdin-closes", summary: "stop when standard input ends" },
      ],
      examples: [{
        command: "crosstown mayor run",
        note: "under systemd: exit 75 asks to be started again",
      }],
      effect: "spends",
      run: async (invocation) => await (await import("./mayor_run.ts")).mayorRun(invocation),
    },
    {
      name: "attach",
      lines: true,
      summary:
        "show the home live: channels, jobs, payments, events; on a terminal, starts the daemon if none is running",
      description:
        "On a terminal it opens a full screen: ? shows the keys; q closes the screen, and the daemon continues. Without a terminal, " +
        "or with --lines, " +
        "it prints a line for each event and starts no daemon.",
      options: [LINES],
      examples: [
        { command: "crosstown mayor attach" },
        {
          command: "crosstown mayor attach --output json",
          note: "one document on each line, for programs",
        },
      ],
      effect: "spends",
      run: async (invocation) => {
        const { attach } = await import("../dashboard/attach.ts");
        return await attach(
          invocation,
          async () =>
            await (await import("./daemon_commands.ts")).up(invocation, "mayor", [], true),
        );
      },
    },
    {
      name: "status",
      summary: "show whether it is up, and its jobs",
      examples: [{ command: "crosstown mayor status --output json" }],
      effect: "reads",
      run: async (invocation) =>
        await (await import("./daemon_commands.ts")).status(invocation, "mayor"),
    },
    {
      name: "pause",
      summary: "buy nothing new until 'mayor resume'; posted jobs go on",
      description:
        "It holds until it is resumed, also over restarts, and for every command and agent of this home.",
      examples: [{ command: "crosstown mayor pause" }],
      effect: "changes",
      run: async (invocation) =>
        await (await import("./pause.ts")).pauseCommand(invocation, "buying", true),
    },
    {
      name: "resume",
      summary: "buy again after a pause",
      examples: [{ command: "crosstown mayor resume" }],
      effect: "changes",
      run: async (invocation) =>
        await (await import("./pause.ts")).pauseCommand(invocation, "buying", false),
    },
    {
      name: "down",
      summary: "stop it; the next command continues from the saved state",
      examples: [{ command: "crosstown mayor down" }],
      effect: "changes",
      run: async (invocation) =>
        await (await import("./daemon_commands.ts")).down(invocation, "mayor"),
    },
    {
      name: "export-payments",
      summary: "export this mayor's payments, as 'payments export' does",
      options: EXPORT_OPTIONS,
      examples: [{ command: "crosstown mayor export-payments --format csv" }],
      effect: "changes",
      run: async (invocation) =>
        await (await import("../payments/payments_export.ts")).paymentsExport(invocation),
    },
  ],
};

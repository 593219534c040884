/**
 * The table of command groups: each group's name, its line in the help, and the function that loads it. A group's path is not a literal
 * argument of `import()`: Deno would then add the group to the module graph of every program that imports this table, and `--help` would
 * load the whole program. A bundle gives `main` its own table.
 *
 * @module
 */
import type { CommandSpec } from "../shell/command.ts";

/** One group. `load` imports it when the command line names it. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: CommandSpec }>;
}

/** All groups, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "demo",
    summary: "run one paid job on an embedded network, step by step",
    load: () => load("./demo/demo.ts"),
  },
  {
    name: "init",
    summary: "make this home ready: network, keys, relay, connector, limits, skills",
    load: () => load("./init/init.ts"),
  },
  {
    name: "dev",
    summary: "run an embedded network for trying: up, status, balances, advance, down",
    load: () => load("./network/dev.ts"),
  },
  {
    name: "job",
    summary:
      "buy compute: submit, quote, status, results, logs, artifacts, evidence, history, list, watch, wait, rerun, cancel, pay, pause, resume, top-up, callback, sequence",
    load: () => load("./job.ts"),
  },
  {
    name: "build",
    summary: "let providers build and test an image, for one or more platforms",
    load: () => load("./build/build.ts"),
  },
  {
    name: "node",
    summary: "run a provider: take paid jobs, run them, publish their results",
    load: () => load("./daemon/node.ts"),
  },
  {
    name: "provider",
    summary: "find providers of compute: list, show, trust, watch",
    load: () => load("./provider/provider.ts"),
  },
  {
    name: "message",
    summary: "private messages between towns: send, list",
    load: () => load("./message/message.ts"),
  },
  {
    name: "skill",
    summary:
      "manage the skills that a provider sells: new, list, show, check, test, sign, approve, price, remove",
    load: () => load("./skill/skill.ts"),
  },
  {
    name: "mayor",
    summary: "run a buyer's daemon: send jobs, receive results, call skills",
    load: () => load("./daemon/mayor.ts"),
  },
  {
    name: "sling",
    summary: "post a job (Gas Town's name of 'job submit')",
    load: () => load("./gastown/sling.ts"),
  },
  {
    name: "hook",
    summary: "bring a job's result to its callback skill again ('job callback')",
    load: () => load("./gastown/hook.ts"),
  },
  {
    name: "convoy",
    summary: "jobs one after the other ('job sequence')",
    load: () => load("./gastown/convoy.ts"),
  },
  {
    name: "channel",
    summary:
      "payment channels on the chain: open, deposit, list, show, close, settle, claim, recover",
    load: () => load("./channel/channel.ts"),
  },
  {
    name: "payments",
    summary: "show payments and earnings: history, export, stats, verify",
    load: () => load("./payments/payments.ts"),
  },
  {
    name: "stats",
    summary:
      "figures of the market: providers, jobs a minute, success, times, prices, own earnings",
    load: () => load("./stats/stats.ts"),
  },
  {
    name: "history",
    summary: "show payments and earnings, newest first",
    load: () => load("./payments/history.ts"),
  },
  {
    name: "export",
    summary: "export payments and earnings for a spreadsheet or a program",
    load: () => load("./payments/export.ts"),
  },
  {
    name: "state",
    summary:
      "maintain the records of this home: check, compact, quarantine, recover, export, import",
    load: () => load("./state/state.ts"),
  },
  {
    name: "wallet",
    summary:
      "manage the keys and tokens of this home: init, import, show, balance, send, receive, faucet, history, limits, export, passphrase",
    load: () => load("./wallet/wallet.ts"),
  },
  {
    name: "home",
    summary: "choose which .gt folders of projects are used: trust, list, untrust",
    load: () => load("./home.ts"),
  },
  {
    name: "stage",
    summary: "run one stage of a pipeline alone, on files or standard input",
    load: () => load("./stage/stage.ts"),
  },
  {
    name: "relay",
    summary: "manage the relay of this home: status, terms, connect, disconnect, watch",
    load: () => load("./network/relay_status.ts"),
  },
  {
    name: "connector",
    summary: "the connectors that this home pays through: status, terms, forget",
    load: () => load("./network/connector_status.ts"),
  },
  {
    name: "config",
    summary: "show each setting and its source; list, get, set, unset, edit, path",
    load: () => load("./config.ts"),
  },
  {
    name: "doctor",
    summary:
      "check configuration, keys, git, relay, connector, blobs, chain, skills, sandbox, payments, state and audit trail",
    load: () => load("./doctor/doctor.ts"),
  },
  {
    name: "logs",
    summary: "show the program log of this home",
    load: () => load("./daemon/logs.ts"),
  },
  {
    name: "web",
    summary: "show the dashboard in a browser of this machine, read-only",
    load: () => load("./web/web.ts"),
  },
  {
    name: "mcp",
    summary: "serve an agent over MCP: find providers, quote, buy, follow and cancel jobs",
    load: () => load("./mcp.ts"),
  },
  {
    name: "commands",
    summary: "list every command with its flags, and whether it reads, changes or spends",
    load: () => load("./completion/commands_list.ts"),
  },
  {
    name: "completion",
    summary: "print a script that completes commands, flags and ids: bash, zsh, fish, powershell",
    load: () => load("./completion/completion.ts"),
  },
  {
    name: "version",
    summary: "show the version of crosstown, Deno and the system",
    load: () => load("../shell/version.ts"),
  },
];

async function load(path: string): Promise<{ readonly command: CommandSpec }> {
  try {
    return await import(new URL(path, import.meta.url).href);
  } catch (error) {
    // Deno reports a missing import permission as a TypeError of the module loader.
    const denied = error instanceof TypeError && error.message.startsWith("Requires read access");
    throw denied ? new Deno.errors.NotCapable(error.message, { cause: error }) : error;
  }
}

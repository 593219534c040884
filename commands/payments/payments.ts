/**
 * `crosstown payments`: lists what this home paid and earned.
 *
 * @module
 */
import type { CommandSpec, Invocation } from "../../shell/command.ts";
import type { OptionSpec } from "../../shell/option_spec.ts";
import { FILTER_OPTIONS, TYPE_OPTION } from "./payments_filter.ts";

const LIMIT: OptionSpec = {
  flags: "-n, --limit <count>",
  summary: "the most to show, newest first (0: all)",
  default: "50",
};

/** The options of `payments export` and `mayor export-payments`. */
export const EXPORT_OPTIONS: readonly OptionSpec[] = [
  {
    flags: "--format <format>",
    summary:
      "default: csv; jsonl is the form of the payment log, from which its hashes are computed",
    choices: ["csv", "json", "jsonl"],
  },
  {
    flags: "--to <file>",
    summary: "write to this file, which only you can read (default: standard output)",
  },
  ...FILTER_OPTIONS,
  TYPE_OPTION,
];

/** `payments history`, with the alias `crosstown history`. */
export const HISTORY: CommandSpec = {
  name: "history",
  summary: "show payments and earnings, newest first",
  description:
    "Reads the home's journal, also while a daemon runs. --type channel, job or all shows other entries of the journal.",
  options: [...FILTER_OPTIONS, TYPE_OPTION, LIMIT],
  examples: [
    { command: "crosstown payments history --since 7d" },
    { command: "crosstown payments history --job job-5abc123 --output json" },
    { command: "crosstown payments history --type all --limit 0 --output csv", note: "everything" },
  ],
  effect: "reads",
  run: async (invocation: Invocation) =>
    await (await import("./payments_history.ts")).paymentsHistory(invocation),
};

/** `payments export`, with the alias `crosstown export`. */
export const EXPORT: CommandSpec = {
  name: "export",
  summary: "write all of it for a spreadsheet or a program, oldest first",
  options: EXPORT_OPTIONS,
  examples: [
    { command: "crosstown payments export --format csv --to payments.csv" },
    {
      command: "crosstown payments export --since 2026-02-01 --until 2026-02-28 --format json",
    },
  ],
  effect: "changes",
  run: async (invocation: Invocation) =>
    await (await import("./payments_export.ts")).paymentsExport(invocation),
};

/** `crosstown payments history|export|stats|verify`. */
export const command: CommandSpec = {
  name: "payments",
  summary: "show payments and earnings: history, export, stats, verify",
  commands: [
    HISTORY,
    EXPORT,
    {
      name: "stats",
      summary:
        "show sums by kind, provider and day with bars, what an event costs, and what is in doubt",
      options: FILTER_OPTIONS,
      examples: [
        { command: "crosstown payments stats --since 30d" },
        { command: "crosstown payments stats --output json | jq .by_provider" },
      ],
      effect: "reads",
      run: async (invocation: Invocation) =>
        await (await import("./payments_stats.ts")).paymentsStats(invocation),
    },
    {
      name: "verify",
      summary: "compare journal, payment log, git and checkpoints, without network",
      description:
        "Walks the hash chain of the store's journal, each line of payment_log.jsonl and of the sealed days, each commit and " +
        "each signed checkpoint. Names the first difference and exits 1. A daemon may be running.",
      options: [{
        flags: "--signer <pubkey>",
        summary:
          "the key that must have signed the checkpoints (default: any; the output names them)",
      }],
      examples: [
        { command: "crosstown payments verify" },
        { command: "crosstown payments verify --output json | jq .difference" },
      ],
      effect: "reads",
      run: async (invocation: Invocation) =>
        await (await import("./payments_verify.ts")).paymentsVerify(invocation),
    },
  ],
};

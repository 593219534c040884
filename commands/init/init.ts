/**
 * `crosstown init`: sets up a home, step by step.
 *
 * @module
 */
import type { CommandSpec } from "../../shell/command.ts";

/** `crosstown init`. */
export const command: CommandSpec = {
  name: "init",
  summary: "make this home ready: network, keys, relay, connector, limits, skills",
  description:
    "Asks on a terminal; elsewhere, and with --yes, it takes the flags and otherwise the defaults, and asks nothing. Each step is checked " +
    "before the next. Run it again at any time: existing files stay, keys are never replaced, and only given or answered settings change. " +
    "It ends with the checks of 'crosstown doctor' and says which command to type next. Exit 1 when a step or a check failed.",
  options: [
    {
      flags: "--key-file <file>",
      summary: "take the keys from this file (64 hex digits, nsec or mnemonic)",
      values: "file",
    },
    { flags: "--key-fd <number>", summary: "read the key from this open pipe" },
    {
      flags: "--relay-key <pubkey>",
      summary: "the relay's public key, from somebody you trust; its terms are shown and pinned",
    },
    {
      flags: "--terms-fingerprint <digits>",
      summary: "accept the relay's terms if they have this fingerprint",
    },
    { flags: "--limit-channel <amount>", summary: "the most that a channel may hold" },
    { flags: "--limit-job <amount>", summary: "the most that a job may cost" },
    { flags: "--limit-hour <amount>", summary: "the most that may be spent in an hour" },
    { flags: "--limit-day <amount>", summary: "the most that may be spent in a day" },
    {
      flags: "--skills <folder>",
      summary: "a folder of skill folders to sell from, beside the home's own",
      repeat: true,
      values: "folder",
    },
  ],
  examples: [
    { command: "crosstown init", note: "asks for everything" },
    {
      command: "crosstown init --network dev --yes --passphrase-file ~/passphrase",
      note: "a network of this machine, to try with",
    },
    {
      command:
        "crosstown init --network base-sepolia --key-file nsec.txt --passphrase-file ~/passphrase --limit-day 5",
    },
  ],
  effect: "changes",
  run: async (invocation) => await (await import("./init_run.ts")).initRun(invocation),
};

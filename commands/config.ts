/**
 * `crosstown config`: shows each value and where it came from, and reads or writes single values.
 *
 * @module
 */
import type { CommandSpec } from "../shell/command.ts";

const KEY = {
  name: "<key>",
  summary: "the setting, e.g. limits.job_m2m",
  values: "setting",
} as const;

/** `crosstown config [get|set|unset|path]`. */
export const command: CommandSpec = {
  name: "config",
  summary: "show each setting and its source; list, get, set, unset, edit, path",
  description:
    "Flags take precedence over the environment, the environment over crosstown.toml, and the file over defaults. Secrets are hidden. " +
    "A limit above the built-in one takes effect only after you raise it with the passphrase; until then both are shown.",
  examples: [
    { command: "crosstown config", note: "the values for this folder" },
    {
      command: "crosstown config --network base-sepolia --output json",
      note: "with another network",
    },
    { command: "crosstown config --output csv", note: "one row a value" },
  ],
  effect: "reads",
  run: async (invocation) =>
    await (await import("./settings/config_show.ts")).configShow(invocation),
  commands: [
    {
      name: "list",
      summary:
        "list every setting: meaning, default, flag and variables, and whether a daemon uses a change at once",
      examples: [{ command: "crosstown config list --output json" }],
      effect: "reads",
      run: async (invocation) =>
        await (await import("./settings/config_list.ts")).configList(invocation),
    },
    {
      name: "get",
      summary: "print one setting's value for this folder",
      args: [KEY],
      examples: [{ command: "crosstown config get limits.job_m2m" }],
      effect: "reads",
      run: async (invocation) =>
        await (await import("./settings/config_show.ts")).configGet(invocation),
    },
    {
      name: "set",
      summary: "write settings into crosstown.toml",
      description:
        "The rest of the file stays as it is, comments too. The whole configuration is checked before it is written, so keys that need each " +
        "other, such as those of a new network, are given in one command. Items of a list are separated by commas. Secrets are not taken from a command line. A running daemon reads the file: this command says whether it " +
        "uses the setting now or after a restart.",
      args: [
        KEY,
        { name: "<value>", summary: "its value" },
        { name: "[more...]", summary: "further keys, each with its value", values: "setting" },
      ],
      examples: [
        { command: "crosstown config set limits.job_m2m 2" },
        { command: "crosstown config set node.tags gpu,ci-cd-linux" },
        {
          command:
            "crosstown config set networks.club.relay_url wss://relay.example networks.club.write nostr",
          note: "a network of your own",
        },
      ],
      dryRun: true,
      effect: "changes",
      run: async (invocation) =>
        await (await import("./settings/config_set.ts")).configSet(invocation),
    },
    {
      name: "unset",
      summary: "remove settings from crosstown.toml, so that their defaults apply",
      args: [KEY, { name: "[more...]", summary: "further keys", values: "setting" }],
      examples: [{ command: "crosstown config unset limits.job_m2m" }],
      dryRun: true,
      effect: "changes",
      run: async (invocation) =>
        await (await import("./settings/config_set.ts")).configUnset(invocation),
    },
    {
      name: "edit",
      summary: "open crosstown.toml in your editor (VISUAL, EDITOR, else vi)",
      description:
        "Edits a draft. A valid draft replaces the file. Otherwise the draft stays beside the file, and the error names its line.",
      examples: [{ command: "EDITOR=nano crosstown config edit" }],
      effect: "changes",
      run: async (invocation) =>
        await (await import("./settings/config_edit.ts")).configEdit(invocation),
    },
    {
      name: "path",
      summary: "print the path of crosstown.toml, even if it does not exist",
      examples: [{ command: 'vi "$(crosstown config path)"' }],
      effect: "reads",
      run: async (invocation) =>
        await (await import("./settings/config_show.ts")).configPath(invocation),
    },
  ],
};

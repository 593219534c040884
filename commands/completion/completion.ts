/**
 * `crosstown completion`: prints scripts with which a shell completes commands, flags, ids and names.
 *
 * @module
 */
import type { CommandSpec } from "../../shell/command.ts";
import { HOME_VALUES } from "../../shell/option_spec.ts";

/** `crosstown completion bash|zsh|fish|powershell|values`. */
export const command: CommandSpec = {
  name: "completion",
  summary: "print a script that completes commands, flags and ids: bash, zsh, fish, powershell",
  commands: [
    {
      name: "bash",
      summary: "for bash 3.2 and later",
      examples: [
        { command: 'eval "$(crosstown completion bash)"', note: "in ~/.bashrc" },
        { command: "crosstown completion bash | bash -n", note: "only read it" },
      ],
      effect: "reads",
      run: async (invocation) =>
        await (await import("./completion_run.ts")).script(invocation, "bash"),
    },
    {
      name: "zsh",
      summary: "for zsh",
      examples: [{
        command: 'eval "$(crosstown completion zsh)"',
        note: "in ~/.zshrc, after compinit",
      }],
      effect: "reads",
      run: async (invocation) =>
        await (await import("./completion_run.ts")).script(invocation, "zsh"),
    },
    {
      name: "fish",
      summary: "for fish 3 and later",
      examples: [{
        command: "crosstown completion fish > ~/.config/fish/completions/crosstown.fish",
      }],
      effect: "reads",
      run: async (invocation) =>
        await (await import("./completion_run.ts")).script(invocation, "fish"),
    },
    {
      name: "powershell",
      summary: "for PowerShell 5.1 and 7; not tried in the real shell",
      examples: [{
        command: "crosstown completion powershell | Out-String | Invoke-Expression",
        note: "in $PROFILE",
      }],
      effect: "reads",
      run: async (invocation) =>
        await (await import("./completion_run.ts")).script(invocation, "powershell"),
    },
    {
      name: "values",
      summary: "print the possible values of an argument; the scripts use it",
      description:
        "Prints a line for each value: the word, a tab, and a description. Prints nothing if there is no home. Opens no keys and asks no questions.",
      args: [{ name: "<source>", summary: HOME_VALUES.join(", "), values: HOME_VALUES }],
      examples: [{ command: "crosstown completion values job" }],
      effect: "reads",
      run: async (invocation) => await (await import("./completion_run.ts")).values(invocation),
    },
  ],
};

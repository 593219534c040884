/**
 * `crosstown home`: the list of homes that the user trusts. A `.gt` folder found above the working folder is used only if it is on this
 * list. `--home`, `GASTOWN_HOME` and `~/.gt` need no consent.
 *
 * @module
 */
import type { CommandSpec } from "../shell/command.ts";

/** `crosstown home trust|list|untrust`. */
export const command: CommandSpec = {
  name: "home",
  summary: "choose which .gt folders of projects are used: trust, list, untrust",
  commands: [
    {
      name: "trust",
      summary: "allow this .gt to be used when it is found above the working folder",
      description:
        "A .gt in a project may come from a download, and its settings name relays, peers and files. It is used only after this " +
        "consent, which ends when the folder is replaced. --home, GASTOWN_HOME and ~/.gt need no consent.",
      args: [{
        name: "[path]",
        summary: "the .gt or its folder (default: the nearest one upward)",
      }],
      examples: [
        { command: "crosstown home trust", note: "the one that this folder would use" },
        { command: "crosstown home trust ~/code/shop/.gt" },
      ],
      dryRun: true,
      effect: "changes",
      run: async (invocation) =>
        await (await import("../shell/home/home_trust.ts")).homeTrust(invocation),
    },
    {
      name: "list",
      summary: "list the trusted folders, and whether each is unchanged",
      examples: [{ command: "crosstown home list --output json" }],
      effect: "reads",
      run: async (invocation) =>
        await (await import("../shell/home/home_trust.ts")).homeList(invocation),
    },
    {
      name: "untrust",
      summary: "withdraw a consent",
      args: [{
        name: "[path]",
        summary: "the .gt or its folder (default: the nearest one upward)",
      }],
      examples: [{ command: "crosstown home untrust ~/code/shop/.gt" }],
      dryRun: true,
      effect: "changes",
      run: async (invocation) =>
        await (await import("../shell/home/home_trust.ts")).homeUntrust(invocation),
    },
  ],
};

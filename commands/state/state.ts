/**
 * `crosstown state`: checks, shrinks, rebuilds, exports and imports the store of this home.
 *
 * @module
 */
import type { CommandSpec } from "../../shell/command.ts";

/** `crosstown state check|compact|quarantine|recover|export|import`. */
export const command: CommandSpec = {
  name: "state",
  summary: "maintain the records of this home: check, compact, quarantine, recover, export, import",
  commands: [
    {
      name: "check",
      summary: "check everything that is stored; exit 1 when something is wrong",
      description:
        "Checks the pages and indexes of state.db, every hash of the journal, its signatures, all sums and the rules of money.\n" +
        "Changes nothing, needs no network, and can run beside a daemon.",
      examples: [
        { command: "crosstown state check" },
        { command: "crosstown state check --output json", note: "for programs" },
      ],
      effect: "reads",
      run: async (invocation) => await (await import("./state_check.ts")).stateCheck(invocation),
    },
    {
      name: "compact",
      summary: "remove records that ended more than state.keep_days ago, and free their space",
      description:
        "Removes finished jobs, packets with an outcome, seen events, ended transactions, and journal entries that are in git.\n" +
        "Sums, channels and everything that is open stay. A daemon does this once a day; --dry-run only counts.",
      examples: [
        { command: "crosstown state compact --dry-run" },
        { command: "crosstown state compact" },
      ],
      dryRun: true,
      effect: "changes",
      run: async (invocation) =>
        await (await import("./state_compact.ts")).stateCompact(invocation),
    },
    {
      name: "quarantine",
      summary:
        "manage documents that made a stage fail twice and were set aside: list, show, retry",
      commands: [
        {
          name: "list",
          summary: "list the documents that were set aside, newest first",
          examples: [{ command: "crosstown state quarantine list" }],
          effect: "reads",
          run: async (invocation) =>
            await (await import("./state_quarantine.ts")).quarantineList(invocation),
        },
        {
          name: "show",
          summary: "show one document, with control characters escaped",
          args: [{ name: "<id>", summary: "its number in the list" }],
          examples: [{ command: "crosstown state quarantine show 3" }],
          effect: "reads",
          run: async (invocation) =>
            await (await import("./state_quarantine.ts")).quarantineShow(invocation),
        },
        {
          name: "retry",
          summary: "let a document of the relay pass its stages once more",
          description:
            "It passes them when a daemon of this home starts next, so stop a running daemon first. A document that makes a stage " +
            "fail again is set aside again.",
          args: [{ name: "<id>", summary: "its number in the list" }],
          examples: [{ command: "crosstown state quarantine retry 3" }],
          effect: "changes",
          run: async (invocation) =>
            await (await import("./state_quarantine.ts")).quarantineRetry(invocation),
        },
      ],
    },
    {
      name: "recover",
      summary:
        "rebuild lost or damaged state: the store from git, git from the store, or both from the chain",
      description:
        "Checks which parts are intact and chooses the best source. Moves the old files into set-aside and never deletes them. " +
        "Names what it could not recover. Channels sign nothing until the other side has proved the last claim. " +
        "With --dry-run it changes nothing.",
      options: [{
        flags: "--from <source>",
        summary:
          "git: the store from git and the payment log; journal: git from the store; chain: from the chain and all that is left",
        choices: ["git", "journal", "chain"],
      }],
      examples: [
        { command: "crosstown state recover --dry-run" },
        { command: "crosstown state recover --from git --yes" },
      ],
      dryRun: true,
      effect: "changes",
      run: async (invocation) =>
        await (await import("./state_recover.ts")).stateRecover(invocation),
    },
    {
      name: "export",
      summary: "write the records of this home into a new folder, to keep or to move them",
      description:
        "Writes the repository's history, the payment log and a manifest with their hashes. They contain no keys. " +
        "A daemon may be running.",
      args: [{ name: "<folder>", summary: "a new folder", values: "file" }],
      examples: [{ command: "crosstown state export ~/crosstown-backup" }],
      effect: "changes",
      run: async (invocation) => await (await import("./state_archive.ts")).stateExport(invocation),
    },
    {
      name: "import",
      summary:
        "put exported records into a home that has none; 'state recover' then rebuilds the store",
      description:
        "Checks every file against the manifest and the history with git. Stop the old home for good first: two homes must not " +
        "sign for one channel. The wallet is imported apart ('crosstown wallet import').",
      args: [{ name: "<folder>", summary: "the folder that 'state export' wrote", values: "file" }],
      examples: [{ command: "crosstown state import ~/crosstown-backup --home ~/new" }],
      effect: "changes",
      run: async (invocation) => await (await import("./state_archive.ts")).stateImport(invocation),
    },
  ],
};

/**
 * `crosstown skill`: makes, tests, approves, prices and removes skills.
 *
 * @module
 */
import type { CommandSpec } from "../../shell/command.ts";

const SKILL = { name: "<skill>", summary: "the skill's name, or its folder" };

/** `crosstown skill new|list|show|check|test|sign|approve|price|remove`. */
export const command: CommandSpec = {
  name: "skill",
  summary:
    "manage the skills that a provider sells: new, list, show, check, test, sign, approve, price, remove",
  commands: [
    {
      name: "new",
      summary: "make a skill's folder from a template, with a test that passes",
      args: [{ name: "<name>", summary: "lowercase letters, digits and single hyphens" }],
      options: [
        {
          flags: "--runner <runner>",
          summary: "the runner",
          choices: ["deno", "command", "agent"],
          default: "deno",
        },
        { flags: "--dir <folder>", summary: "where its folder is made (default: here)" },
        {
          flags: "--kind <number>",
          summary: "the kind that it takes; 1059: private messages",
          default: "5650",
        },
      ],
      examples: [
        { command: "crosstown skill new word-count --runner deno --dir ." },
        { command: "crosstown skill new encrypted-dm --kind 1059", note: "answers gift wraps" },
      ],
      effect: "changes",
      run: async (invocation) => await (await import("./skill_new.ts")).skillNew(invocation),
    },
    {
      name: "list",
      summary: "list every skill that is found, and whether it may run",
      examples: [{ command: "crosstown skill list --output json" }],
      effect: "reads",
      run: async (invocation) => await (await import("./skill_list.ts")).skillList(invocation),
    },
    {
      name: "show",
      summary:
        "show what a skill does, its permissions, its price, and the hash that its approval pins",
      args: [SKILL],
      examples: [{ command: "crosstown skill show word-count" }],
      effect: "reads",
      run: async (invocation) => await (await import("./skill_show.ts")).skillShow(invocation),
    },
    {
      name: "check",
      summary: "check a skill's files for mistakes; exit 1 if there is one",
      args: [SKILL],
      examples: [{ command: "crosstown skill check ./word-count", note: "FILE:LINE: mistake" }],
      effect: "reads",
      run: async (invocation) => await (await import("./skill_show.ts")).skillCheck(invocation),
    },
    {
      name: "test",
      summary: "run fixtures/*.toon as jobs, in the sandbox and under the skill's own limits",
      description:
        "Beside NAME.toon, NAME.expected.toml has the expected outcome: status, content, contains, error_code, and reader_key, which opens a gift wrap. Exit 1 when one differs.",
      args: [SKILL],
      examples: [{ command: "crosstown skill test ./word-count" }],
      effect: "changes",
      run: async (invocation) => await (await import("./skill_trial.ts")).skillTest(invocation),
    },
    {
      name: "approve",
      summary:
        "approve a skill with its present files; a folder from elsewhere is copied into the home",
      description:
        "Shows what the skill may do and pins a hash of all its files: when a file changes, the skill does not run until it is approved again.",
      args: [SKILL],
      examples: [
        { command: "crosstown skill approve ./word-count --dry-run", note: "only look" },
        { command: "crosstown skill approve ./word-count" },
        {
          command: "crosstown skill approve encrypted-dm",
          note: "one that ships with the program",
        },
      ],
      dryRun: true,
      effect: "changes",
      run: async (invocation) =>
        await (await import("./skill_approve.ts")).skillApprove(invocation),
    },
    {
      name: "sign",
      summary: "sign a skill with this home's key: writes signature.json into its folder",
      description:
        "'skill show' and 'skill approve' say who signed it. A skill that changed after it was signed is not approved.",
      args: [SKILL],
      examples: [{ command: "crosstown skill sign ./word-count" }],
      effect: "changes",
      run: async (invocation) => await (await import("./skill_sign.ts")).skillSign(invocation),
    },
    {
      name: "price",
      summary: "show what a run costs here, or set it instead of the skill's own price",
      args: [
        { name: "<skill>", summary: "an approved skill" },
        { name: "[amount]", summary: "for a run, e.g. 0.05 or 50000units" },
      ],
      options: [
        { flags: "--per-kib <amount>", summary: "for each KiB of the request beside it" },
        { flags: "--own", summary: "use the skill's own price again" },
      ],
      examples: [
        { command: "crosstown skill price word-count" },
        { command: "crosstown skill price word-count 0.05" },
      ],
      effect: "changes",
      run: async (invocation) => await (await import("./skill_approve.ts")).skillPrice(invocation),
    },
    {
      name: "remove",
      summary: "withdraw an approval, and delete the folder if it is in the home's skills",
      args: [{ name: "<skill>", summary: "the skill's name" }],
      examples: [{ command: "crosstown skill remove word-count" }],
      dryRun: true,
      effect: "changes",
      run: async (invocation) => await (await import("./skill_approve.ts")).skillRemove(invocation),
    },
  ],
};

/**
 * The flags that describe a job. All commands that ask for a job share them.
 *
 * @module
 */
import { REQUEST_KINDS_TEXT } from "../../protocols/nostr/kinds.ts";
import type { OptionSpec } from "../../shell/option_spec.ts";

/** The help text of `--timeout`. */
export const TIMEOUT_HELP =
  "seconds from posting to result (default: jobs.timeout_s of the configuration, 300)";
/** The options of `job submit` and `job quote`. */
export const JOB_OPTIONS: readonly OptionSpec[] = [
  { flags: "--kind <number>", summary: `the request's kind, ${REQUEST_KINDS_TEXT}` },
  {
    flags: "--input <input>",
    summary: "a file, folder, text, https address, or - for standard input",
    values: "file",
  },
  {
    flags: "--context <folder>",
    summary: "a folder as input; of a large folder, only changed parts are sent again",
    values: "file",
  },
  {
    flags: "--include-ignored",
    summary: "also send the files of a folder that .gitignore and .dockerignore exclude",
  },
  { flags: "--param <name=value>", summary: "a parameter of the job", repeat: true },
  {
    flags: "--artifact <pattern>",
    summary: "files of the project to keep afterwards, e.g. 'dist/**'",
    repeat: true,
  },
  { flags: "--platform <os/arch>", summary: "e.g. linux/amd64" },
  { flags: "--tag <tag>", summary: "a t tag that the provider must have", repeat: true },
  {
    flags: "--require <list>",
    summary:
      "what the provider must announce: arch=, platform=, engine=, tier=, mode=, cpu>=, memory>=, disk>=",
    repeat: true,
  },
  {
    flags: "--payment <mode>",
    summary:
      "upfront, on-delivery (a deposit, and the rest for the key to the sealed result), metered (increment by increment while it runs), or free; by default upfront, and one of the next two if only the limit for strangers refuses that",
    choices: ["upfront", "on-delivery", "metered", "free"],
  },
  {
    flags: "--private",
    summary: "only the provider can read the job, and relays cannot see who bought it",
  },
  {
    flags: "--prefer <order>",
    summary:
      "how to choose among providers that fit: lowest price, fastest, or best history with this home",
    choices: ["price", "latency", "history"],
    default: "price",
  },
  {
    flags: "--bid <amount>",
    summary: "the most that the job may cost in total: M2M, or with 'units', 'sat', 'msat'",
  },
  {
    flags: "--provider <pubkey>",
    summary: "use only this provider (hex or npub); on a plain relay it needs no announcement",
  },
];

/** The options of `job submit` with which `job rerun` chooses a provider otherwise than before. */
export const CHOICE_OPTIONS: readonly OptionSpec[] = JOB_OPTIONS
  .filter(({ flags }) => /^--(platform|tag|require|payment|prefer) /.test(flags))
  .map((option) =>
    option.flags.startsWith("--prefer ") ? option : {
      ...option,
      summary: `${option.summary.replace(/; by default .*$/, "")} (default: as before)`,
    }
  );

/** The options of `job submit` that have answers of several providers compared. */
export const COMPARE_OPTIONS: readonly OptionSpec[] = [
  {
    flags: "--verify <KofN>",
    summary:
      "N providers do the job privately, and K equal answers count; each has an equal part of the bid",
  },
  {
    flags: "--challenge <chance>",
    summary:
      "with this probability, do the job at a second provider too, and compare (default: jobs.challenge of the configuration, 0)",
  },
  {
    flags: "--compare <what>",
    summary:
      "what of the answers of --verify or --challenge must be equal: what the kind says, exit (code), digest (of the image), json (values), or what a skill of this home says that judges (skill:NAME)",
    values: ["kind", "exit", "digest", "json", "skill:"],
  },
];

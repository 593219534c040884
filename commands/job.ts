/**
 * `crosstown job`: buy compute.
 *
 * @module
 */
import { JOB_STATUSES } from "../protocols/job_status.ts";
import { JOB_TYPES } from "../protocols/nostr/kinds.ts";
import type { CommandSpec } from "../shell/command.ts";
import { artifactsCommand } from "./job/artifacts_command.ts";
import { CHOICE_OPTIONS, COMPARE_OPTIONS, JOB_OPTIONS, TIMEOUT_HELP } from "./job/job_options.ts";
import { meterCommands } from "./job/meter_commands.ts";
import { sequenceCommand } from "./sequence/sequence.ts";

const REFRESH = {
  flags: "--refresh",
  summary:
    "ask the relay again for a job that ended without a result; a result published in time counts",
};
const ID = {
  name: "<id>",
  summary: "job id, event id, or a prefix that fits one job",
  values: "job",
} as const;

/** `crosstown job submit|quote|status|results|logs|evidence|history|list|watch|wait|rerun|cancel|pay|pause|resume|top-up|callback|sequence`. */
export const command: CommandSpec = {
  name: "job",
  summary:
    "buy compute: submit, quote, status, results, logs, artifacts, evidence, history, list, watch, wait, rerun, cancel, pay, pause, resume, top-up, callback, sequence",
  commands: [
    {
      name: "submit",
      summary: "post a job, pay its provider, and with --wait give its result",
      description:
        "TYPE is echo, ci-run, image-build, text-generation, a name that a provider announces, or anything with --kind.\n" +
        "Without --wait it ends when the request is posted and paid; 'job wait' or a daemon receives the result.\n" +
        "The same command given again within jobs.repeat_window_s (600 s) finds the job that it made, and pays nothing.",
      args: [{ name: "<type>", summary: "type of the job", values: JOB_TYPES }],
      options: [
        ...JOB_OPTIONS,
        { flags: "--callback <skill>", summary: "the skill that receives the result" },
        { flags: "--timeout <seconds>", summary: TIMEOUT_HELP },
        {
          flags: "--key <text>",
          summary:
            "a name for this command; the same name finds the job again (default: the command's content)",
        },
        ...COMPARE_OPTIONS,
        { flags: "--again", summary: "make a new job, even if the same command already made one" },
        { flags: "--wait", summary: "wait for the result and print it" },
      ],
      examples: [
        { command: "crosstown job submit echo --input hello --wait" },
        {
          command:
            "crosstown job submit ci-run --input . --param command='sh test.sh' --platform linux/amd64 --wait",
        },
        {
          command:
            "crosstown job submit ci-run --input https://host/repo.git#COMMIT --param command='make test'",
        },
        {
          command:
            "crosstown job submit ci-run --input . --param command='make' --require 'arch=amd64,memory>=8G' --prefer history",
        },
        {
          command: "crosstown job submit ci-run --context . --param command='make test' --wait",
        },
        {
          command:
            "crosstown job submit ci-run --input . --param command='make test' --challenge 0.05 --bid 0.3 --wait",
          note: "one of twenty such jobs is done twice; the bid covers three",
        },
        {
          command: "crosstown job submit echo --input hello --key order-17 --wait",
          note: "a retry of the same order never makes a second job",
        },
      ],
      dryRun: true,
      effect: "spends",
      run: async (invocation) =>
        await (await import("./job/submit_start.ts")).startSubmit(invocation),
    },
    {
      name: "quote",
      summary: "ask providers for a binding price; nothing is posted and nothing is paid",
      description:
        "Asks up to 8 providers that fit, each in a packet of amount 0, and prints what they answer within --window.\n" +
        "Each quote is valid only for its own request. 'job submit' asks again and takes the best quote.",
      args: [{ name: "<type>", summary: "type of the job", values: JOB_TYPES }],
      options: [
        ...JOB_OPTIONS,
        { flags: "--timeout <seconds>", summary: TIMEOUT_HELP },
        {
          flags: "--window <milliseconds>",
          summary: "how long to wait for answers",
          default: "2000",
        },
      ],
      examples: [
        { command: "crosstown job quote echo --input hello" },
        { command: "crosstown job quote ci-run --input . --param command='make' --output json" },
      ],
      effect: "reads",
      run: async (invocation) => await (await import("./job/job_quote.ts")).jobQuote(invocation),
    },
    {
      name: "status",
      summary: "show the status of a job",
      args: [ID],
      options: [REFRESH],
      examples: [
        { command: "crosstown job status job-5abc123 --output json" },
        {
          command: "crosstown job status job-5abc123 --refresh",
          note: "after a timeout, to find a result that was published in time",
        },
      ],
      effect: "changes",
      run: async (invocation) =>
        await (await import("./job/job_show.ts")).jobShow(invocation, "status"),
    },
    {
      name: "results",
      summary: "print a job's result; exit 1 when the job failed or has no result yet",
      args: [ID],
      options: [REFRESH],
      examples: [{ command: "crosstown job results job-5abc123" }],
      effect: "changes",
      run: async (invocation) =>
        await (await import("./job/job_show.ts")).jobShow(invocation, "results"),
    },
    {
      name: "logs",
      lines: true,
      summary: "print what a job printed so far",
      description:
        "While a job runs, its provider sends the log in packets that cost nothing. Control characters are shown as escapes.\n" +
        "With --output json, it prints one JSON object for each part: its offset in bytes and its text.",
      args: [ID],
      options: [{
        flags: "-f, --follow",
        summary: "continue to print new output until the job ends",
      }],
      examples: [
        { command: "crosstown job logs job-5abc123" },
        { command: "crosstown job logs job-5abc123 --follow" },
      ],
      effect: "changes",
      run: async (invocation) => await (await import("./job/job_logs.ts")).jobLogs(invocation),
    },
    artifactsCommand(ID),
    {
      name: "evidence",
      summary: "write what providers signed for a job to a file, or check such a file",
      description:
        "Of a job with --verify: requests, answers, quotes and receipts. Of one paid on delivery: quote, sealed result and key.\n" +
        "Anybody can check the file, without a home. It holds the request and its input, so keep it to yourself where these are secret.",
      args: [{ ...ID, name: "[id]" }],
      options: [
        {
          flags: "--out <file>",
          summary: "a new file (default: evidence-ID.json here)",
          values: "file",
        },
        {
          flags: "--check <file>",
          summary: "verify the signatures in a file, and say what they prove; exit 1 if nothing",
          values: "file",
        },
        {
          flags: "--judge <skill>",
          summary:
            "with --check: the skill of this home that judged the answers; it judges them again",
        },
      ],
      examples: [
        { command: "crosstown job evidence job-5abc123 --out evidence.json" },
        { command: "crosstown job evidence --check evidence.json" },
      ],
      effect: "changes",
      run: async (invocation) =>
        await (await import("./job/job_evidence.ts")).jobEvidence(invocation),
    },
    {
      name: "history",
      summary: "print what happened to a job, oldest first, from the journal",
      args: [ID],
      examples: [{ command: "crosstown job history job-5abc123" }],
      effect: "reads",
      run: async (invocation) =>
        await (await import("./job/job_history.ts")).jobHistory(invocation),
    },
    {
      name: "list",
      summary: "list the jobs of this home, newest first",
      options: [
        { flags: "--limit <count>", summary: "the most to show", default: "50" },
        {
          flags: "--status <status>",
          summary: "only those with this status",
          repeat: true,
          values: JOB_STATUSES,
        },
        {
          flags: "--role <role>",
          summary: "only jobs that this home bought, or only those that it provided",
          choices: ["buyer", "provider"],
        },
      ],
      examples: [{ command: "crosstown job list --status processing --output csv" }],
      effect: "reads",
      run: async (invocation) => await (await import("./job/job_show.ts")).jobList(invocation),
    },
    {
      name: "watch",
      lines: true,
      summary: "print each event of jobs on a line, until the named jobs have ended",
      description:
        "Without an id it shows all jobs of this home until Ctrl-C. To a pipe or file, and with --output json, each line is a JSON " +
        "document. Exits 1 when a named job failed.",
      args: [{
        name: "[id...]",
        summary: "job ids, event ids, or prefixes that each fit one job",
        values: "job",
      }],
      examples: [
        { command: "crosstown job watch" },
        { command: "crosstown job watch job-5abc123 --output json", note: "until it has ended" },
      ],
      effect: "reads",
      run: async (invocation) =>
        await (await import("./dashboard/job_watch.ts")).jobWatch(invocation),
    },
    {
      name: "wait",
      summary: "wait for a job's result and print it",
      args: [ID],
      examples: [{ command: "crosstown job wait job-5abc123 --output json" }],
      effect: "spends",
      run: async (invocation) =>
        await (await import("./job/job_show.ts")).jobShow(invocation, "wait"),
    },
    {
      name: "rerun",
      summary: "buy a job again, with the same input and parameters, as a new job",
      description:
        "Chooses a provider again, unless --provider names one, by what the earlier job required. Each option replaces what it had before; --require '' requires nothing.\n" +
        "The input is the one that was sent before; nothing is packed again.",
      args: [ID],
      options: [
        {
          flags: "--bid <amount>",
          summary: "the most that the job may cost in total (default: as before)",
        },
        { flags: "--provider <pubkey>", summary: "use only this provider (hex or npub)" },
        ...CHOICE_OPTIONS,
        { flags: "--timeout <seconds>", summary: "seconds to the result (default: as before)" },
        { flags: "--wait", summary: "wait for the result and print it" },
      ],
      examples: [{ command: "crosstown job rerun job-5abc123 --wait" }],
      dryRun: true,
      effect: "spends",
      run: async (invocation) => await (await import("./job/job_rerun.ts")).jobRerun(invocation),
    },
    {
      name: "cancel",
      summary: "cancel a job: tell its provider to stop, and ignore its result",
      description:
        "It publishes the deletion of the request (kind 5), the provider stops the run, and the lost amount is printed.\n" +
        "What was paid is not returned.",
      args: [ID],
      examples: [{ command: "crosstown job cancel job-5abc123" }],
      dryRun: true,
      effect: "spends",
      run: async (invocation) => await (await import("./job/job_cancel.ts")).jobCancel(invocation),
    },
    ...meterCommands(ID),
    {
      name: "callback",
      summary: "run a job's callback skill again; exit 1 when the skill fails",
      description: "A callback that fails is tried again automatically, three times.",
      args: [ID],
      examples: [{ command: "crosstown job callback job-5abc123" }],
      effect: "changes",
      run: async (invocation) =>
        await (await import("./job/job_callback.ts")).jobCallback(invocation),
    },
    sequenceCommand,
  ],
};

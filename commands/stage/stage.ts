/**
 * `crosstown stage`: runs one stage alone, for tests, debugging and your own pipes.
 *
 * @module
 */
import type { CommandSpec } from "../../shell/command.ts";

/** `crosstown stage NAME [FILE...]`. */
export const command: CommandSpec = {
  name: "stage",
  lines: true,
  summary: "run one stage of a pipeline alone, on files or standard input",
  description: [
    "NAME is relay-source, kind-extractor, event-verifier, correlator, skill-sink, job-source, accepted-source,",
    "event-signer, toon-encoder or prepare-sink. Each FILE is one document. Standard input is one document, or",
    "frames: RS (0x1E), byte length, known fields as key=value, LF, the bytes, LF. The output is frames too,",
    "so that you can pipe stages; --output json prints one line a document. Exit 1 if a document was refused.",
  ].join("\n"),
  args: [
    { name: "<name>", summary: "the stage" },
    { name: "[file...]", summary: "documents (default: standard input)" },
  ],
  options: [
    {
      flags: "--kinds <list>",
      summary: "relay-source: kinds, comma-separated; correlator: kinds that a provider serves",
    },
    { flags: "--author <pubkey>", summary: "relay-source: events of this author", repeat: true },
    { flags: "--since <seconds>", summary: "relay-source: not older than this time" },
    { flags: "--limit <count>", summary: "relay-source: end after this many" },
    { flags: "--once", summary: "relay-source: end after the stored events" },
    {
      flags: "--role <role>",
      summary: "correlator: the role of this home",
      choices: ["buyer", "provider"],
      default: "buyer",
    },
    {
      flags: "--pubkey <hex>",
      summary: "correlator and others: own public key (default: the wallet's)",
    },
    { flags: "--rules <rules>", summary: "toon-encoder: TOON 1.4 or 4", choices: ["1.4", "4"] },
    {
      flags: "--price <units>",
      summary: "toon-encoder: price of a byte in units; correlator: price of a served kind",
    },
    {
      flags: "--purpose <purpose>",
      summary: "prepare-sink: the amount, if the document names none",
      choices: ["write", "job"],
    },
    { flags: "--type <type>", summary: "job-source: the job's type" },
    { flags: "--kind <number>", summary: "job-source: the request's kind" },
    { flags: "--input <input>", summary: "job-source: a file, folder, text or https address" },
    { flags: "--param <name=value>", summary: "job-source: a parameter", repeat: true },
    { flags: "--platform <os/arch>", summary: "job-source: the platform" },
    { flags: "--tag <tag>", summary: "job-source: a t tag", repeat: true },
    { flags: "--bid <amount>", summary: "job-source: the bid" },
    { flags: "--provider <pubkey>", summary: "job-source: the provider" },
    { flags: "--timeout <seconds>", summary: "job-source: seconds from posting to result" },
  ],
  examples: [
    { command: "crosstown stage kind-extractor --output json < fixtures/toon/job_5050.toon" },
    {
      command:
        "crosstown stage kind-extractor fixtures/toon/*.toon | crosstown stage event-verifier --output json",
    },
    {
      command:
        "crosstown stage relay-source --relay ws://127.0.0.1:7100 --kinds 5050 --once | crosstown stage event-verifier",
    },
    {
      command:
        "crosstown stage job-source --type echo --input hi | crosstown stage event-signer | crosstown stage toon-encoder",
    },
  ],
  effect: "spends",
  run: async (invocation) => await (await import("./stage_run.ts")).stageRun(invocation),
};

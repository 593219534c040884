/**
 * Reads a sequence for `job sequence run`: its file and the inputs of its steps. Checks that every request can be built.
 *
 * @module
 */
import { codeOf, suggestionOf } from "../../base/thrown.ts";
import { dirname, isAbsolute, join } from "../../base/path.ts";
import { requestLimit } from "../../market/request_limit.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import type { Pubkey } from "../../protocols/nostr/event.ts";
import type { Config } from "../../config/config.ts";
import { flagsOf } from "../../market/sequences/buy_step.ts";
import type { SequenceDocument } from "../../market/sequences/sequence_document.ts";
import { parseSequenceFile } from "../../market/sequences/sequence_file.ts";
import type { SequenceStep } from "../../market/sequences/sequence_step.ts";
import { compileStep, fillStep } from "../../market/sequences/compiled_step.ts";
import type { Market } from "../../market/market_service.ts";
import { packInput } from "../../market/pack_input.ts";
import type { PackedPlace } from "../../market/pack_place.ts";
import { type Asset, formatUnits, typedUnits } from "../../protocols/ilp/asset.ts";
import { tokenUnits } from "../../shell/amount.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError, UsageError } from "../../shell/errors.ts";
import { withStepBases } from "../job/build_bases.ts";
import { filesText, inputPath, packPaths } from "../job/job_input.ts";
import { openMarket } from "../job/open_market.ts";
import { readAll } from "../../shell/read_all.ts";

const MAX_FILE_BYTES = 1024 * 1024;

/** A sequence that passed all checks. */
export interface ReadSequence {
  readonly document: SequenceDocument;
  readonly budgetUnits: bigint | null;
  readonly notes: readonly string[];
}

/**
 * Reads the file, packs the inputs of its steps, and builds every request once. A sequence with a step that cannot be built buys nothing.
 */
export async function readSequence(invocation: Invocation, config: Config): Promise<ReadSequence> {
  const { args, io, output, options } = invocation;
  const { asset } = config.profile;
  const given = args.required("file");
  const path = isAbsolute(given) ? given : join(io.cwd(), given);
  const piped = given === "-" ? new TextDecoder().decode(await readAll(io.stdin)) : null;
  const document = parseSequenceFile(piped ?? await fileText(path, given), {
    // A JSON document begins with a brace; a TOML document never does.
    source: piped === null ? given : piped.trimStart().startsWith("{") ? "stdin.json" : "stdin",
    units: (text) => tokenUnits(text, "the amount", asset),
    asset,
    timeoutS: config.get("jobs.timeout_s"),
  });
  const own = document.budgetUnits === null ? null : BigInt(document.budgetUnits);
  const budgetUnits = options.amount("budget", asset) ?? own;
  checkBids(document, budgetUnits, asset);
  const limitBytes = requestLimit(config.profile.connectorBtp, {
    eventBytes: config.get("limits.event_bytes"),
    prepareDataBytes: config.get("limits.prepare_data_bytes"),
  });
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const folder = dirname(path);
    const market = await openMarket({ supervisor });
    const steps: SequenceStep[] = [];
    const notes: string[] = [];
    for (const step of document.steps) {
      try {
        const packed = await packStep(
          step,
          (file) => packFile(invocation, config, { file, folder, limitBytes }),
          limitBytes,
        );
        for (const note of packed.notes) notes.push(`step ${step.name}: ${note}`);
        const named = await withStepBases(packed.step, market);
        await build(named, market, { relays: [config.profile.relayUrl], limitBytes });
        steps.push(named);
      } catch (error) {
        throw inStep(error, given, step.name);
      }
    }
    for (const note of notes) await output.note(note);
    return { document: { ...document, steps }, budgetUnits, notes };
  } finally {
    await supervisor.stop(0);
  }
}

async function fileText(path: string, given: string): Promise<string> {
  try {
    const { size } = await Deno.stat(path);
    if (size > MAX_FILE_BYTES) {
      throw new UsageError(`${given} is over ${MAX_FILE_BYTES} bytes`, "split the sequence");
    }
    return await Deno.readTextFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UsageError(
      `there is no file ${given}`,
      "check the path; docs/sequences.md has examples",
    );
  }
}

interface PackedStep {
  readonly step: SequenceStep;
  readonly notes: readonly string[];
}

async function packStep(
  step: SequenceStep,
  pack: (file: string) => Promise<PackedPlace>,
  limitBytes: number,
): Promise<PackedStep> {
  const { input } = step;
  if (input === null) return { step, notes: [] };
  if ("url" in input) {
    return {
      step: { ...step, input: { packed: packInput(input.url, { limitBytes }) } },
      notes: [],
    };
  }
  if (!("file" in input)) return { step, notes: [] };
  const { packed, files } = await pack(input.file);
  return {
    step: { ...step, input: { packed } },
    notes: files === null ? [] : filesText(files, MAX_NAMED),
  };
}

/** The most files of a step that are named. */
const MAX_NAMED = 20;

async function packFile(
  invocation: Invocation,
  config: Config,
  { file, folder, limitBytes }: {
    readonly file: string;
    readonly folder: string;
    readonly limitBytes: number;
  },
): Promise<PackedPlace> {
  const path = inputPath(file, folder);
  const options = { includeIgnored: false, limitBytes };
  const packed = path === null
    ? undefined
    : (await packPaths(invocation, config, [path], options)).get(path);
  if (packed !== undefined) return packed;
  throw new CommandError("input_not_found", `there is no ${file}`, "check input_file");
}

/** Builds the request with one letter in the place of each result that is not there yet. */
async function build(
  step: SequenceStep,
  market: Market,
  where: { readonly relays: readonly string[]; readonly limitBytes: number },
): Promise<void> {
  const compiled = compileStep(step);
  const blank = (template: readonly unknown[]) =>
    template.map((part) => typeof part === "string" ? part : "x");
  const filled = fillStep(
    {
      ...compiled,
      input: compiled.input === null ? null : blank(compiled.input),
      params: compiled.params.map(([name, value]) => [name, blank(value)]),
    },
    new Map(),
    where.limitBytes,
  );
  await market.build(flagsOf(step, filled, where), "0".repeat(64) as Pubkey);
}

function inStep(error: unknown, source: string, step: string): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const code = codeOf(error);
  if (code === undefined) return error;
  const hint = suggestionOf(error) ?? "correct the step";
  const message = `${source}: step ${step}: ${error.message}`;
  return error instanceof UsageError || code === "bad_job" || code === "bad_input" ||
      code === "input_not_found"
    ? new UsageError(message, hint, code)
    : new CommandError(code, message, hint, { cause: error });
}

/** `--budget` must be at least the sum of the steps' bids. */
function checkBids({ steps }: SequenceDocument, budgetUnits: bigint | null, asset: Asset): void {
  if (budgetUnits === null) return;
  const bids = steps.reduce((sum, { bidUnits }) => sum + BigInt(bidUnits ?? 0), 0n);
  if (bids <= budgetUnits) return;
  throw new UsageError(
    `the budget is ${formatUnits(budgetUnits, asset)}, and the bids of the steps add up to ${
      formatUnits(bids, asset)
    }`,
    `give --budget ${typedUnits(bids, asset)}, or lower bids`,
    "bad_sequence",
  );
}

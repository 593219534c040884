/**
 * `crosstown job chain run`.
 *
 * @module
 */
import { dirname, isAbsolute, join } from "node:path";
import { requestLimit } from "../pipeline/job_chains.ts";
import { createSupervisor } from "../pipeline/supervisor.ts";
import type { Pubkey } from "../protocols/nostr/event.ts";
import type { Config } from "../services/config/config.ts";
import { flagsOf } from "../services/job_chain/buy_step.ts";
import type { ChainDocument } from "../services/job_chain/chain_document.ts";
import { parseChainFile } from "../services/job_chain/chain_file.ts";
import { newChain } from "../services/job_chain/chain_row.ts";
import type { ChainStep } from "../services/job_chain/chain_step.ts";
import { compileStep, fillStep } from "../services/job_chain/compiled_step.ts";
import { handedChain } from "../services/job_chain/handed_chain.ts";
import type { Market } from "../services/market/market_service.ts";
import type { JobChainState } from "../services/store/job_chain_row.ts";
import type { Change, Store } from "../services/store/store.ts";
import { formatM2m, networkBanner, parseAmount } from "./amount.ts";
import type { Invocation } from "./command.ts";
import { CommandError, UsageError } from "./errors.ts";
import { printChain } from "./job_chain_print.ts";
import { bringChain } from "./job_chain_progress.ts";
import { checkNetwork } from "./job_handover.ts";
import { configOf } from "./load_config.ts";
import { alignedText, type Output } from "./output.ts";
import { readStore } from "./read_store.ts";
import { endTurn, serveTurn, takeBuyersTurn, type Turn } from "./turn.ts";

const MAX_FILE_BYTES = 1024 * 1024;
const MAX_TRIES = 16;

/** Runs a chain; with `--wait` to its end. Exit 1 when it did not succeed. */
export async function chainRun(invocation: Invocation): Promise<number> {
  const { globals, options, output, io } = invocation;
  const config = await configOf(invocation);
  const read = await readChain(invocation, config);
  await output.note(networkBanner(config.profile));
  if (globals.dryRun) return await showPlan(invocation, read);
  const again = options.on("again") || config.get("jobs.repeat_window_s") === 0;
  const change = newChain(read.document, {
    network: config.profile.name,
    budgetUnits: read.budgetUnits,
    nowMs: io.clock(),
    salt: again ? crypto.randomUUID() : "",
    unique: crypto.randomUUID(),
  });
  const first = await takeBuyersTurn(invocation, config, null);
  const { turn, chainId, existing } = await entrustChain(invocation, config, first, change);
  try {
    await output.note(
      `${chainId}: ${existing ? "there already, --again makes a new one" : "created"}`,
    );
    const waited = options.on("wait");
    const state = await bringChain(
      invocation,
      config,
      turn,
      chainId,
      waited ? "ended" : "sent",
      stepNotes(output),
    );
    return await printChain(invocation, config, state, { waited, existing });
  } finally {
    await endTurn(turn);
  }
}

/** Tells each change of a step once. */
export function stepNotes(output: Output): (state: JobChainState) => void {
  const told = new Map<string, string>();
  return ({ steps, attempts }) => {
    for (const { name, status } of steps) {
      const last = attempts.findLast(({ step }) => step === name);
      const now = `${status}${last === undefined ? "" : ` (${last.jobId})`}`;
      if (status === "pending" || told.get(name) === now) continue;
      told.set(name, now);
      void output.note(`${name}: ${now}`);
    }
  };
}

interface ReadChain {
  readonly document: ChainDocument;
  readonly budgetUnits: bigint | null;
  readonly notes: readonly string[];
}

/** Reads the file, packs what its steps name, and builds every request once, so that nothing is bought of a chain that cannot end. */
async function readChain(invocation: Invocation, config: Config): Promise<ReadChain> {
  const { args, io, output, options } = invocation;
  const given = args.required("file");
  const path = isAbsolute(given) ? given : join(io.cwd(), given);
  const document = parseChainFile(await fileText(path, given), {
    source: given,
    units: unitsOf,
    timeoutS: config.get("jobs.timeout_s"),
  });
  const budget = options.text("budget");
  const own = document.budgetUnits === null ? null : BigInt(document.budgetUnits);
  const budgetUnits = budget === undefined ? own : unitsOf(budget);
  checkBids(document, budgetUnits);
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const folder = dirname(path);
    const files = document.steps.flatMap(({ input }) =>
      input !== null && "file" in input ? [absolute(input.file, folder)] : []
    );
    const handle = await supervisor.service("market", {
      inputPaths: files,
      path: io.env("PATH") ?? "",
    });
    const market = handle.client<Market>();
    const limitBytes = requestLimit(config.profile.connectorBtp, {
      eventBytes: config.get("limits.event_bytes"),
      prepareDataBytes: config.get("limits.prepare_data_bytes"),
    });
    const steps: ChainStep[] = [];
    const notes: string[] = [];
    for (const step of document.steps) {
      try {
        const packed = await packStep(step, folder, market, limitBytes);
        for (const note of packed.notes) notes.push(`step ${step.name}: ${note}`);
        await build(packed.step, market, { relays: [config.profile.relayUrl], limitBytes });
        steps.push(packed.step);
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
      throw new UsageError(`${given} is over ${MAX_FILE_BYTES} bytes`, "split the chain");
    }
    return await Deno.readTextFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UsageError(
      `there is no file ${given}`,
      "check the path; docs/chains.md has examples",
    );
  }
}

async function packStep(
  step: ChainStep,
  folder: string,
  market: Market,
  limitBytes: number,
): Promise<{ readonly step: ChainStep; readonly notes: readonly string[] }> {
  const { input } = step;
  if (input === null || !("file" in input || "url" in input)) return { step, notes: [] };
  const named = "file" in input ? absolute(input.file, folder) : input.url;
  const packed = await market.pack({ input: named, limitBytes });
  if (packed === null || "file" in input && packed.type === "text") {
    throw new CommandError("input_not_found", `there is no ${named}`, "check input_file");
  }
  return { step: { ...step, input: { packed } }, notes: packed.notes };
}

/** Builds the request with one letter in each place that a result will fill. */
async function build(
  step: ChainStep,
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
  const { code, suggestion } = error as { code?: unknown; suggestion?: unknown };
  if (typeof code !== "string") return error;
  const hint = typeof suggestion === "string" ? suggestion : "correct the step";
  const message = `${source}: step ${step}: ${error.message}`;
  return code === "bad_job" || code === "bad_input" || code === "input_not_found"
    ? new UsageError(message, hint, code)
    : new CommandError(code, message, hint, { cause: error });
}

function absolute(path: string, folder: string): string {
  const full = isAbsolute(path) ? path : join(folder, path);
  try {
    return Deno.realPathSync(full);
  } catch {
    return full;
  }
}

function unitsOf(text: string): bigint {
  const amount = parseAmount(text);
  if (amount.rail === "m2m") return amount.units;
  throw new UsageError(`${text}: jobs are paid in M2M here`, "write M2M, e.g. 0.5", "wrong_rail");
}

/** `--budget` too must hold what the steps were promised. */
function checkBids({ steps }: ChainDocument, budgetUnits: bigint | null): void {
  if (budgetUnits === null) return;
  const bids = steps.reduce((sum, { bidUnits }) => sum + BigInt(bidUnits ?? 0), 0n);
  if (bids <= budgetUnits) return;
  throw new UsageError(
    `the budget is ${budgetUnits} units, and the bids of the steps add up to ${bids}`,
    `give --budget ${bids}units, or lower bids`,
    "bad_chain",
  );
}

/** Makes the chain durable with whoever works on the home, or finds the one that is there; whose turn it is by then. */
async function entrustChain(
  invocation: Invocation,
  config: Config,
  first: Turn,
  change: Extract<Change, { op: "putJobChain" }>,
): Promise<{ readonly turn: Turn; readonly chainId: string; readonly existing: boolean }> {
  const { chainId, key, createdAtMs } = change.row;
  const sinceMs = Math.max(0, createdAtMs - config.get("jobs.repeat_window_s") * 1_000);
  let turn = first;
  for (let tries = 0;; tries++) {
    try {
      if (turn.whose === "theirs") checkNetwork(turn.about, config);
      const same = await withStore(turn, config, (store) => store.jobChainByKey(key, sinceMs));
      if (same !== null) return { turn, chainId: same, existing: same !== chainId };
      if (turn.whose === "ours") {
        void serveTurn(turn.home);
        await turn.home.store.commit([change]);
      } else await turn.client.call("chain", handedChain(change));
      return { turn, chainId, existing: false };
    } catch (error) {
      const { code } = error as { code?: unknown };
      const again = code === "conflict" || code === "closed" && turn.whose === "theirs";
      if (!again || tries >= MAX_TRIES) {
        await endTurn(turn);
        throw error;
      }
      if (code === "conflict") continue;
      await endTurn(turn);
      turn = await takeBuyersTurn(invocation, config, null);
    }
  }
}

async function withStore<Answer>(
  turn: Turn,
  config: Config,
  ask: (store: Pick<Store, "jobChainByKey">) => Promise<Answer>,
): Promise<Answer> {
  if (turn.whose === "ours") return await ask(turn.home.store);
  await using store = await readStore(config);
  return await ask(store);
}

async function showPlan(
  { output }: Invocation,
  { document: { name, steps }, budgetUnits }: ReadChain,
): Promise<number> {
  const rows = steps.map((step) => ({
    step: step.name,
    path: step.path,
    type: step.type,
    kind: step.kind,
    bid_units: step.bidUnits,
    retries: step.retries,
    timeout_s: step.timeoutS,
    when: step.when,
    on_failure: step.onFailure,
  }));
  const bids = steps.every(({ bidUnits }) => bidUnits !== null)
    ? steps.reduce((sum, { bidUnits }) => sum + BigInt(bidUnits!), 0n)
    : null;
  const plan = { dry_run: true, name, budget_units: budgetUnits, bids_units: bids, steps: rows };
  await output.document(plan, () =>
    [
      alignedText([
        ["STEP", "PATH", "TYPE", "BID", "RETRIES", "ON FAILURE"],
        ...rows.map((row) => [
          row.step,
          row.path,
          row.type,
          row.bid_units === null ? "-" : formatM2m(BigInt(row.bid_units)),
          String(row.retries),
          row.on_failure,
        ]),
      ]),
      `The file is good. Nothing was bought; budget: ${
        budgetUnits === null ? "none, each job costs what it may by itself" : formatM2m(budgetUnits)
      }`,
    ].join("\n"), rows);
  return 0;
}

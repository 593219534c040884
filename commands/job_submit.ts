/**
 * `crosstown job submit`.
 *
 * @module
 */
import type { RpcClient } from "../services/port/rpc.ts";
import type { Config } from "../services/config/config.ts";
import type { JobFlags } from "../services/market/intake.ts";
import type { Market } from "../services/market/market_service.ts";
import type { JobRow } from "../services/store/store.ts";
import {
  awaitJob,
  commitJob,
  listenForAnswers,
  planJob,
  type PlannedJob,
  sendOutbox,
} from "../pipeline/job_flow.ts";
import { formatM2m, networkBanner, parseAmount } from "./amount.ts";
import { buyerSkills } from "./buyer_skills.ts";
import type { Invocation } from "./command.ts";
import { daemonOf } from "./daemon_commands.ts";
import { CommandError, UsageError } from "./errors.ts";
import { handOver } from "./job_handover.ts";
import { jobDocument, jobText, succeeded } from "./job_report.ts";
import { configOf } from "./load_config.ts";
import { type ConfiguredHome, openConfiguredHome } from "./open_home.ts";
import { ownPlatform } from "./platform.ts";

const MAX_STDIN_BYTES = 1024 * 1024;

/** Posts a job; with `--wait` gives its result. Exit 1 when the job failed or was refused. */
export async function jobSubmit(invocation: Invocation): Promise<number> {
  const { output, options, globals, signal } = invocation;
  const config = await configOf(invocation);
  const flags = await jobFlags(invocation, config);
  const callbackSkill = options.text("callback") ?? null;
  const daemon = await daemonOf(config.paths.controlSocket);
  if (daemon !== null) {
    return await handOver(invocation, config, daemon, { ...flags, callbackSkill });
  }
  await output.note(networkBanner(config.profile));
  const home = await openConfiguredHome(config, { oneOff: true, verbose: globals.verbose });
  try {
    const market = await openMarket(home, invocation, flags.input);
    const planned = await planJob(home, market, flags);
    for (const note of planned.built.notes) await output.note(note);
    if (globals.dryRun) return await showPlan(invocation, planned);
    const row = await runJob(home, config, invocation, planned, { ...flags, callbackSkill }, {
      wait: options.on("wait"),
      signal,
      onRow: (changed) => void output.note(`${changed.jobId}: ${changed.status}`),
    });
    return await showJob(invocation, market, row, options.on("wait"));
  } finally {
    await home.stop();
  }
}

/** How a job is run. */
export interface RunJobOptions {
  readonly wait: boolean;
  readonly signal: AbortSignal;
  /** Told when it was made durable, and of each change. */
  readonly onRow: (row: JobRow) => void;
}

/** Makes the job durable, sends it, and with `wait` takes its result in; gives the row as it is then. */
export async function runJob(
  home: ConfiguredHome,
  config: Config,
  invocation: Pick<Invocation, "io">,
  planned: PlannedJob,
  flags: JobFlags & { readonly callbackSkill: string | null },
  { wait, signal, onRow }: RunJobOptions,
): Promise<JobRow> {
  const row = await commitJob(home, planned, flags);
  onRow(row);
  const answers = wait
    ? await listenForAnswers(
      home,
      [row],
      await buyerSkills(home, {
        callbacks: row.callbackSkill !== null,
        limitBytes: config.get("limits.event_bytes"),
        path: invocation.io.env("PATH") ?? "",
        execPath: Deno.execPath(),
        platform: ownPlatform(),
      }),
    )
    : null;
  answers?.done.catch(() => undefined);
  const sent = sendOutbox(home, signal);
  if (answers === null) {
    await sent;
    return await home.store.getJob(row.jobId, "buyer") ?? row;
  }
  const failed = sent.then(() => new Promise<never>(() => {}));
  const ended = await Promise.race([awaitJob(home, row.jobId, signal, onRow), failed]);
  await answers.drain(1_000).catch(() => undefined);
  return ended;
}

/** The worker that reads the input: it may read what `--input` names, and nothing else. */
export async function openMarket(
  home: Pick<ConfiguredHome, "supervisor">,
  { io }: Pick<Invocation, "io">,
  input: string | null,
): Promise<RpcClient<Market>> {
  const isPath = input !== null && input !== "-" && !/^https?:\/\//.test(input) &&
    input.length < 4096;
  const handle = await home.supervisor.service("market", {
    inputPaths: isPath ? [input] : [],
    path: io.env("PATH") ?? "",
  });
  return handle.client<Market>();
}

/** Prints a job with its result. */
export async function showJob(
  invocation: Invocation,
  market: Pick<Market, "readResult">,
  row: JobRow,
  waited: boolean,
): Promise<number> {
  const result = row.result === null ? null : await market.readResult(row.kind, row.result);
  const document = jobDocument(row, result, invocation.io.clock());
  await invocation.output.document(document, () => jobText(document), [csvRow(document)]);
  if (waited) return succeeded(row) ? 0 : 1;
  return row.status === "refused" || row.status === "unknown" || row.status === "error" ? 1 : 0;
}

function csvRow(document: ReturnType<typeof jobDocument>) {
  const { result, paid, error, ...flat } = document;
  return {
    ...flat,
    exit_code: result?.exit_code ?? null,
    write_units: paid.write_units,
    job_units: paid.job_units,
    error: error?.code ?? null,
  };
}

async function showPlan({ output }: Invocation, planned: PlannedJob): Promise<number> {
  const total = planned.writeUnits + planned.priceUnits;
  const plan = {
    dry_run: true,
    event_id: planned.built.eventId,
    kind: planned.built.kind,
    bytes: planned.built.sizeBytes,
    provider: planned.provider,
    write_units: planned.writeUnits,
    job_units: planned.priceUnits,
    total_units: total,
  };
  await output.document(
    plan,
    `Would post ${plan.bytes} bytes for ${
      formatM2m(planned.writeUnits)
    } and pay ${planned.provider} ${formatM2m(planned.priceUnits)}: ${formatM2m(total)} in all`,
  );
  return 0;
}

/** The job that the flags describe. */
export async function jobFlags(invocation: Invocation, config: Config): Promise<JobFlags> {
  const { args, options, io } = invocation;
  const input = options.text("input") ?? null;
  const { profile } = config;
  return {
    type: args.required("type"),
    kind: options.integer("kind", { min: 5000, max: 5999 }),
    input: input === null || input === "-" || /^https?:\/\//.test(input)
      ? input
      : absolute(input, io.cwd()),
    ...(input === "-" ? { stdin: await readAll(io.stdin) } : {}),
    params: options.list("param").map(paramOf),
    platform: options.text("platform") ?? null,
    tags: options.list("tag"),
    bidUnits: bidOf(options.text("bid")),
    provider: options.text("provider") ?? null,
    relays: [profile.relayUrl],
    timeoutS: options.integer("timeout", { min: 1, max: 86_400 }) ?? config.get("jobs.timeout_s"),
    limitBytes: Math.min(config.get("limits.event_bytes"), config.get("limits.prepare_data_bytes")),
  };
}

/** A path is made absolute, since a worker's permission names it; a text that is no path stays as it is. */
function absolute(input: string, cwd: string): string {
  try {
    return Deno.realPathSync(input.startsWith("/") ? input : `${cwd}/${input}`);
  } catch {
    return input;
  }
}

function paramOf(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at < 1) {
    throw new UsageError(
      `--param must be name=value (got ${text})`,
      "e.g. --param command='make test'",
    );
  }
  return [text.slice(0, at), text.slice(at + 1)];
}

function bidOf(text: string | undefined): bigint | null {
  if (text === undefined) return null;
  const amount = parseAmount(text);
  if (amount.rail === "m2m") return amount.units;
  throw new CommandError(
    "wrong_rail",
    "jobs are paid in M2M here; a bid in sat or msat cannot be met",
    "bid in M2M, e.g. --bid 0.5",
  );
}

async function readAll(stdin: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    size += chunk.length;
    if (size > MAX_STDIN_BYTES) {
      throw new UsageError(`standard input is larger than ${MAX_STDIN_BYTES} bytes`, "send less");
    }
    chunks.push(chunk);
  }
  const all = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return all;
}

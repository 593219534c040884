/**
 * `crosstown job cancel`: ends a job, tells its provider to stop, and says what is lost.
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import { startOutbound } from "../../home/outbound.ts";
import type { Config } from "../../config/config.ts";
import { GIVEN_UP } from "../../home/control/control_service.ts";
import { isEnded } from "../../protocols/job_status.ts";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import type { Store } from "../../store/store.ts";
import type { JobRow, OutboxRow } from "../../store/job_row.ts";
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import { DELETION_KIND } from "../../protocols/nostr/kinds.ts";
import type { Invocation } from "../shell/command.ts";
import { CommandError } from "../shell/errors.ts";
import { factsOf, type JobFacts } from "./job_facts.ts";
import { jobDocument, jobText } from "./job_report.ts";
import { configOf } from "../home/load_config.ts";
import { networkNamed, noteJobNetwork } from "../home/money_banner.ts";
import { readStore } from "../home/read_store.ts";
import { endTurn, takeTurn, type Turn } from "../home/turn.ts";

/** `told`: the deletion is on the relay. `queued`: whoever works on the home next sends it. `not_needed`: nothing had left. */
type ProviderTold = "told" | "queued" | "not_needed";

/** Gives a job up. Exit 1 when it is over already. */
export async function jobCancel(invocation: Invocation): Promise<number> {
  const { args, io, output } = invocation;
  const config = await configOf(invocation);
  const before = await openJob(config, args.required("id"));
  await noteJobNetwork(output, config, before.jobId);
  if (invocation.globals.dryRun) return await showPlan(invocation, config, before);
  const provider = await cancelWithWhoever(invocation, config, before);
  const row = await readJob(config, before.jobId) ?? before;
  const facts = await factsOf(config, row);
  const lost = lostOf(row, facts);
  const paidBeside = { writeUnits: facts.unsettled_write_units };
  const document = {
    ...jobDocument(row, null, io.clock(), paidBeside),
    provider_told: provider,
    lost,
  };
  const { asset } = networkNamed(config, facts.network);
  const text = () =>
    [
      jobText(document, asset),
      lostText(lost, asset),
      `  provider  ${TOLD_WORDS[provider]}`,
    ].join("\n");
  await output.document(document, text);
  return 0;
}

/** What would be lost as the job stands now. */
async function showPlan(
  { io, output }: Invocation,
  config: Config,
  row: JobRow,
): Promise<number> {
  const facts = await factsOf(config, row);
  const paidBeside = { writeUnits: facts.unsettled_write_units };
  const document = {
    dry_run: true,
    ...jobDocument(row, null, io.clock(), paidBeside),
    lost: lostOf(row, facts),
  };
  const { asset } = networkNamed(config, facts.network);
  await output.document(
    document,
    () =>
      [`Would give up ${row.jobId}`, jobText(document, asset), lostText(document.lost, asset)]
        .join("\n"),
  );
  return 0;
}

async function openJob(config: Config, id: string): Promise<JobRow> {
  const row = await readJob(config, id);
  if (row === null) {
    throw new CommandError(
      "not_found",
      `there is no job ${id} in this home`,
      "see 'crosstown job list'",
    );
  }
  if (isEnded(row.status)) {
    throw new CommandError(
      "job_over",
      `job ${row.jobId} is over: ${row.status}`,
      `nothing is left to give up; 'crosstown job status ${row.jobId}' shows what came of it`,
    );
  }
  return row;
}

async function readJob(config: Config, id: string): Promise<JobRow | null> {
  await using store = await readStore(config);
  return await store.getJob(id, "buyer");
}

/** Through whoever works on the home, else by this process; one that ends before it has answered is not the end of it. */
async function cancelWithWhoever(
  invocation: Invocation,
  config: Config,
  { jobId, status }: JobRow,
): Promise<ProviderTold> {
  const atMs = invocation.io.clock();
  for (let tries = 1;; tries++) {
    let turn: Turn;
    try {
      turn = await takeTurn(invocation, config);
    } catch (error) {
      if (!NO_WALLET.includes(codeOf(error) ?? "")) throw error;
      return await cancelUnsent(config, jobId, invocation.io.clock);
    }
    try {
      if (turn.whose === "theirs") {
        await turn.client.call("cancel", { jobId, atMs });
        await using store = await readStore(config);
        const waits = (await deletions(store, jobId)).length > 0;
        return !waits && status === "created" ? "not_needed" : await untilSent(store, jobId);
      }
      await turn.home.store.commit([{ op: "cancelJob", jobId, message: GIVEN_UP, atMs }]);
      return await sendHere(turn.home, jobId);
    } catch (error) {
      if (codeOf(error) !== "closed" || tries >= MAX_TRIES) throw error;
      const row = await readJob(config, jobId);
      if (row !== null && isEnded(row.status)) return "queued";
    } finally {
      await endTurn(turn);
    }
  }
}

const MAX_TRIES = 16;
/** Without its wallet a home cannot send, but its job can be ended. */
const NO_WALLET: readonly string[] = ["no_wallet", "no_passphrase", "no_terms"];

async function cancelUnsent(
  config: Config,
  jobId: string,
  clock: () => number,
): Promise<ProviderTold> {
  const store = await openSqliteStore({
    folder: config.paths.stateFolder,
    clock,
    journal: true,
    network: config.profile.name,
  });
  try {
    await store.commit([{ op: "cancelJob", jobId, message: GIVEN_UP, atMs: clock() }]);
    return (await deletions(store, jobId)).length === 0 ? "not_needed" : "queued";
  } finally {
    await store.close();
  }
}

/** Sends it from this process; what is not sent in time waits for the next one. */
async function sendHere(
  home: Extract<Turn, { whose: "ours" }>["home"],
  jobId: string,
): Promise<ProviderTold> {
  if ((await deletions(home.store, jobId)).length === 0) return "not_needed";
  const outbound = await startOutbound(home, { follow: true });
  outbound.done.catch(() => undefined);
  try {
    return await untilSent(home.store, jobId);
  } finally {
    await outbound.drain(DRAIN_MS).catch(() => undefined);
  }
}

const SEND_MS = 5_000;
const DRAIN_MS = 1_000;
const LOOK_MS = 50;

async function untilSent(
  store: Pick<Store, "pendingOutbox">,
  jobId: string,
): Promise<ProviderTold> {
  const untilMs = performance.now() + SEND_MS;
  while ((await deletions(store, jobId)).length > 0) {
    if (performance.now() > untilMs) return "queued";
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return "told";
}

const PAGE_ROWS = 256;

/** The job's deletions that wait to be sent. */
async function deletions(
  store: Pick<Store, "pendingOutbox">,
  jobId: string,
): Promise<readonly OutboxRow[]> {
  const found: OutboxRow[] = [];
  for (let after = 0;;) {
    const rows = await store.pendingOutbox(after, PAGE_ROWS, 0);
    found.push(...rows.filter((row) => row.jobId === jobId && isDeletion(row)));
    if (rows.length < PAGE_ROWS) return found;
    after = rows[rows.length - 1].outboxId;
  }
}

/** The rows are this home's own, so their bytes are no stranger's. */
function isDeletion({ event }: OutboxRow): boolean {
  return JSON.parse(new TextDecoder().decode(event)).kind === DELETION_KIND;
}

/** What the job cost and gave nothing for. Amounts are units. */
interface Lost {
  readonly write_units: bigint;
  /** Paid to providers: a job is paid before it is worked on, and nothing of that comes back. */
  readonly job_units: bigint;
  /** Of payments without an answer: kept by their peers or not. */
  readonly in_doubt_units: bigint;
}

function lostOf(
  row: JobRow,
  { tried, in_doubt_units, unsettled_write_units }: JobFacts,
): Lost {
  const before = tried.reduce((sum, { paid_units }) => sum + paid_units, 0n);
  return {
    write_units: row.writeUnits + unsettled_write_units,
    job_units: before + (row.jobPaid ? row.amountUnits : 0n),
    in_doubt_units,
  };
}

function lostText(lost: Lost, asset: Asset): string {
  const total = lost.write_units + lost.job_units;
  const doubt = lost.in_doubt_units === 0n
    ? ""
    : `, and at most ${
      formatUnits(lost.in_doubt_units, asset)
    } more whose payment has no answer yet`;
  return `  lost      ${
    formatUnits(total, asset)
  }: a job is paid before it is worked on, and nothing comes back${doubt}`;
}

const TOLD_WORDS: Readonly<Record<ProviderTold, string>> = {
  told: "told to stop: the deletion of the request is on the relay",
  queued: "not told yet: the deletion is sent by whoever works on this home next",
  not_needed: "not told: nothing had been sent",
};

/**
 * A job that is handed to the process that works on the home: it is planned here, where its input may be read, and sent there,
 * where the unlocked wallet is.
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import { commitJob } from "../../home/job_flow.ts";
import type { ServiceHandle } from "../../runtime/hosted_service.ts";
import type { Supervisor } from "../../runtime/supervisor.ts";
import { eventId, type Pubkey, type UnsignedEvent } from "../../protocols/nostr/event.ts";
import type { Config } from "../../config/config.ts";
import { handedJob } from "../../home/control/control_service.ts";
import type { JobFlags } from "../../market/intake.ts";
import { type JobBudget, jobBudget } from "../../market/job_budget.ts";
import type { Market } from "../../market/market_service.ts";
import { claimOf } from "../../market/job_key.ts";
import { chooseRequest, type OnBuilt, type PlannedJob, rowsOf } from "../../market/plan_job.ts";
import type { RelayReader } from "../../market/relay_reader.ts";
import type { Store } from "../../store/store.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Invocation } from "../shell/command.ts";
import type { Asker } from "../home/asker.ts";
import { checkSameNetwork } from "../home/same_network.ts";
import type { JobOnce } from "./job_once.ts";
import { startEventSigner } from "../home/open_home.ts";
import { readStore } from "../home/read_store.ts";
import { endTurn, limitsOf, takeBuyersTurn, type Turn } from "../home/turn.ts";

type Theirs = Extract<Turn, { whose: "theirs" }>;

/** Plans a job for the wallet of another process. */
export async function planForOther(
  asker: Asker,
  { about }: Theirs,
  supervisor: Supervisor,
  market: Market,
  config: Config,
  flags: JobFlags,
  onBuilt?: OnBuilt,
): Promise<PlannedJob> {
  const { profile } = config;
  checkSameNetwork(about, config);
  const relay = { relayUrl: profile.relayUrl };
  const budget: JobBudget = {
    limits: limitsOf(about, profile.asset),
    async paidToday(providers) {
      await using store = await readStore(config);
      return await jobBudget(limitsOf(about, profile.asset), store, Date.now).paidToday(providers);
    },
  };
  const planWith = (reader: ServiceHandle) =>
    chooseRequest(
      {
        profile,
        pubkey: about.pubkey as Pubkey,
        relayReader: reader.client<RelayReader>(),
        budget,
        async passedOver(sinceMs) {
          await using store = await readStore(config);
          return await store.passedOver(sinceMs);
        },
      },
      market,
      flags,
      [],
      onBuilt,
    );
  try {
    return await planWith(await supervisor.service("relay-reader-anonymous", relay));
  } catch (error) {
    if (codeOf(error) !== "denied") throw error;
    // This relay wants to know who reads (NIP-42).
    const signer = await startEventSigner(config, asker, supervisor);
    return await planWith(await supervisor.service("relay-reader", relay, { signer }));
  }
}

/** What came of handing a job over: the job, and whose turn it is by then (the caller's to end). */
export interface SubmittedJob {
  readonly row: JobRow;
  readonly turn: Turn;
  /** The job was there before: the same command had made it. */
  readonly existing: boolean;
}

type Terms = JobFlags & { readonly callbackSkill: string | null };

/**
 * Makes a planned job durable with whoever works on the home. A process that ends before it has answered may have taken the job
 * over or not: the next one that may write the home is found, and the job is looked for before it is given to that one. Where the
 * same command made a job at the same moment, it is that one.
 */
export async function submitToHome(
  invocation: Pick<Invocation, "globals" | "io" | "output" | "signal">,
  config: Config,
  first: Turn,
  plan: PlannedJob,
  flags: Terms,
  once: JobOnce,
): Promise<SubmittedJob> {
  let turn = first;
  let planned = plan;
  for (let tries = 0;; tries++) {
    try {
      const row = turn.whose === "ours"
        ? await commitJob(turn.home, planned, flags, once.key)
        : await handOver(turn, config, planned, flags, once, invocation.io.clock());
      return { turn, row, existing: false };
    } catch (error) {
      const code = codeOf(error);
      if (tries >= MAX_TRIES) throw error;
      if (code === "conflict") {
        const row = await storeOf(turn, config, (store) => once.earlier(store));
        if (row !== null) return { turn, row, existing: true };
        // Asked for anew within one second: two events may not be equal to the byte.
        planned = aSecondLater(planned);
        continue;
      }
      if (code !== "closed" || turn.whose === "ours") throw error;
    }
    turn.client.close();
    turn = await takeBuyersTurn(invocation, config, flags.callbackSkill);
    try {
      if (turn.whose === "theirs") checkSameNetwork(turn.about, config);
      await using store = await readStore(config);
      const row = await store.getJobByEvent(planned.built.eventId, "buyer");
      if (row !== null) return { turn, row, existing: false };
    } catch (error) {
      await endTurn(turn);
      throw error;
    }
  }
}

const MAX_TRIES = 16;

/** Hands the planned job over; it is durable when this resolves. */
async function handOver(
  { client, about }: Theirs,
  config: Config,
  planned: PlannedJob,
  flags: Terms,
  { key }: JobOnce,
  nowMs: number,
): Promise<JobRow> {
  await using store = await readStore(config);
  const jobId = await store.freeJobId(planned.built.eventId);
  const buyer = about.pubkey as Pubkey;
  const { row, outbox, failover } = rowsOf(config.profile, buyer, jobId, planned, flags, nowMs);
  await client.call("submit", handedJob(row, outbox, key && claimOf(row, key), failover));
  return row;
}

/** Asks the home's store, whoever works on it; where that is this process, its store's worker. */
export async function storeOf<Answer>(
  turn: Turn,
  config: Config,
  ask: (store: Store) => Promise<Answer>,
): Promise<Answer> {
  if (turn.whose === "ours") return await ask(turn.home.store);
  await using store = await readStore(config);
  return await ask(store);
}

function aSecondLater(planned: PlannedJob): PlannedJob {
  const { built } = planned;
  const request: UnsignedEvent = {
    ...built.request,
    created_at: built.request.created_at + 1,
    tags: built.request.tags.map((tag) =>
      tag[0] === "expiration" ? [tag[0], String(Number(tag[1]) + 1)] : tag
    ),
  };
  return { ...planned, built: { ...built, request, eventId: eventId(request) } };
}

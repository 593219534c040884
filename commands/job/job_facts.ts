/**
 * What a home knows about a job beside its row: payments without an answer, answers that were not accepted, and amounts signed ahead.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { CallbackRow, OutgoingPacketRow, Store } from "../../store/store.ts";
import type { JobUsageRow } from "../../store/job_usage_row.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { PrintedUsage } from "../../market/run_usage.ts";
import { networkOfJob } from "../../shell/home/money_banner.ts";
import type { UnsignedEvent } from "../../protocols/nostr/event.ts";
import { eventId } from "../../protocols/nostr/event_id.ts";
import { type PaymentDocument, paymentOf } from "./job_payment.ts";
import { readStore } from "../../shell/home/read_store.ts";

/** A payment that its peer has not answered. The home asks for the answer again and never pays a second time. */
interface DoubtDocument {
  /** Who is paid: `write` the relay, `job` the provider, `delivery` the provider for the key to its result. */
  readonly purpose: "write" | "job" | "delivery" | "increment";
  readonly amount_units: bigint;
  readonly channel_id: string;
  readonly nonce: number;
  readonly since: string;
}

/** The answers with one outcome: their number and the newest one. */
interface AnswerDocument {
  readonly outcome: string;
  readonly count: number;
  readonly event_id: string;
  readonly pubkey: string;
  readonly kind: number;
  readonly at: string;
}

/** A provider that did not do the job, and why. */
interface TriedDocument {
  readonly provider: string;
  readonly event_id: string;
  readonly code: string;
  readonly message: string;
  /** What this provider was paid although it did not do the job. */
  readonly paid_units: bigint;
  readonly at: string;
}

/** What happened when a job's newest document was given to its callback skill. */
export interface CallbackDocument {
  readonly skill: string;
  /** `none`: no document has come yet. `waiting`: the skill is being tried, or will be tried again. */
  readonly state: "none" | CallbackRow["state"];
  /** How often the document was given to the skill. */
  readonly tries: number;
  readonly event_id: string | null;
  /** The error of the last try that failed. */
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly at: string | null;
}

/** What is printed beside a job's row. */
export interface JobFacts {
  /** The network on which the job was bought. Amounts are in this network's asset. Null if no row names the network any more. */
  readonly network: string | null;
  readonly in_doubt: readonly DoubtDocument[];
  readonly in_doubt_units: bigint;
  /** The amount that is signed but not spent, over all unsettled channels of this home: what the peers could keep. */
  readonly exposure_units: bigint;
  /**
   * Paid for writes that are not settled, e.g. because the relay does not show the event. The job's row counts a write only once it is
   * settled.
   */
  readonly unsettled_write_units: bigint;
  readonly answers: readonly AnswerDocument[];
  /** The state of its callback; null if the job has no callback. */
  readonly callback: CallbackDocument | null;
  /** How the job was paid; null for a job that this home provided. */
  readonly payment: PaymentDocument | null;
  /** What the job's runs used of the provider's machine; null before the first run has ended, or if the provider does not report it. */
  readonly usage: PrintedUsage | null;
  /** The providers that did not do the job, in order. If no provider did it, the last entry is the job's own provider. */
  readonly tried: readonly TriedDocument[];
}

type Reads = Pick<
  Store,
  | "listPayerChannels"
  | "listChainChannels"
  | "openOutgoing"
  | "answersOf"
  | "attemptsOf"
  | "jobUsage"
  | "callbacksOf"
  | "listJournal"
  | "pendingOutbox"
  | "outgoingByObligation"
  | "quoteOf"
  | "sealedOf"
  | "meterOf"
  | "jobLog"
  | "invoiceOf"
>;

/** Collects the facts of one job. */
export async function jobFacts(store: Reads, row: JobRow): Promise<JobFacts> {
  const { open, exposureUnits } = await openPackets(store);
  const answers = row.role === "buyer" ? await store.answersOf(row.jobId) : [];
  const callback = row.role === "buyer" ? await callbackOf(store, row) : null;
  const tried = row.role === "buyer" ? await store.attemptsOf(row.jobId) : [];
  const doubts = await doubtsOf(store, open, row);
  const unsettled = await unsettledWrites(store);
  return {
    network: await networkOfJob(store, row.jobId),
    in_doubt: doubts,
    in_doubt_units: sum(doubts.map(({ amount_units }) => amount_units)),
    exposure_units: exposureUnits,
    unsettled_write_units: unsettled.get(row.jobId) ?? 0n,
    answers: answers.map(({ outcome, count, eventId, pubkey, kind, atMs }) => ({
      outcome,
      count,
      event_id: eventId,
      pubkey,
      kind,
      at: new Date(atMs).toISOString(),
    })),
    callback,
    payment: row.role === "buyer" ? await paymentOf(store, row) : null,
    usage: row.role === "provider" ? usageDocument(await store.jobUsage(row.jobId)) : null,
    tried: tried.map(({ provider, eventId, code, message, paidUnits, atMs }) => ({
      provider,
      event_id: eventId,
      code,
      message,
      paid_units: paidUnits,
      at: new Date(atMs).toISOString(),
    })),
  };
}

function usageDocument(row: JobUsageRow | null): PrintedUsage | null {
  if (row === null) return null;
  const { cpuMs, memoryBytes, wallMs, inputBytes, outputBytes, networkBytes } = row;
  return {
    cpu_ms: cpuMs,
    memory_bytes: memoryBytes,
    wall_ms: wallMs,
    input_bytes: inputBytes,
    output_bytes: outputBytes,
    network_bytes: networkBytes,
  };
}

/** Collects the facts of one job from the home's store. */
export async function factsOf(config: Config, row: JobRow): Promise<JobFacts> {
  await using store = await readStore(config);
  return await jobFacts(store, row);
}

/** Open packets of the home's own payments. Each channel has at most one window of them. */
export async function openPackets(
  store: Pick<Reads, "listPayerChannels" | "listChainChannels" | "openOutgoing">,
): Promise<{
  readonly open: readonly OutgoingPacketRow[];
  readonly exposureUnits: bigint;
}> {
  const [payers, chain] = await Promise.all([
    store.listPayerChannels(),
    store.listChainChannels({ ended: true }),
  ]);
  const over = new Set(
    chain.filter(({ status }) => status === "settled" || status === "void")
      .map(({ channelId }) => channelId),
  );
  const live = payers.filter(({ channelId }) => !over.has(channelId));
  const open = await Promise.all(payers.map(({ channelId }) => store.openOutgoing(channelId)));
  return { open: open.flat(), exposureUnits: sum(live.map((row) => row.signed - row.spent)) };
}

const PAGE_ROWS = 256;

/** What was already paid for writes that are still in the outbox, by job. */
export async function unsettledWrites(
  store: Pick<Store, "pendingOutbox" | "outgoingByObligation">,
): Promise<ReadonlyMap<string, bigint>> {
  const paid = new Map<string, bigint>();
  for (let after = 0;;) {
    const rows = await store.pendingOutbox(after, PAGE_ROWS, 0);
    for (const { jobId, purpose, event } of rows) {
      if (jobId === null || purpose !== "write") continue;
      // These are the home's own bytes: an unsigned event, or a signed one.
      const id = eventId(JSON.parse(new TextDecoder().decode(event)) as UnsignedEvent);
      const packets = await store.outgoingByObligation(`write:${id}`);
      const fulfilled = packets.filter(({ state }) => state === "fulfilled");
      if (fulfilled.length === 0) continue;
      paid.set(jobId, (paid.get(jobId) ?? 0n) + sum(fulfilled.map(({ amount }) => amount)));
    }
    if (rows.length < PAGE_ROWS) return paid;
    after = rows[rows.length - 1].outboxId;
  }
}

async function callbackOf(
  store: Pick<Store, "callbacksOf">,
  { jobId, callbackSkill }: JobRow,
): Promise<CallbackDocument | null> {
  if (callbackSkill === null) return null;
  const row = (await store.callbacksOf(jobId)).at(-1);
  if (row === undefined) {
    return { skill: callbackSkill, state: "none", tries: 0, event_id: null, error: null, at: null };
  }
  const { skill, state, tries, eventId, errorCode, errorMessage, updatedAtMs } = row;
  const error = errorCode === null ? null : { code: errorCode, message: errorMessage ?? "" };
  return { skill, state, tries, event_id: eventId, error, at: new Date(updatedAtMs).toISOString() };
}

/**
 * The open payments that belong to a job: for its request, and for the requests to providers that were asked before. A provider has none.
 */
export async function doubtsOf(
  store: Pick<Store, "attemptsOf">,
  open: readonly OutgoingPacketRow[],
  { role, jobId, eventId }: Pick<JobRow, "role" | "jobId" | "eventId">,
): Promise<DoubtDocument[]> {
  if (role !== "buyer" || open.length === 0) return [];
  const asked = new Set([eventId, ...(await store.attemptsOf(jobId)).map((each) => each.eventId)]);
  return open.flatMap((row) => {
    const [purpose, id] = row.obligation.split(/[:/]/);
    if (!asked.has(id)) return [];
    if (
      purpose !== "write" && purpose !== "job" && purpose !== "delivery" && purpose !== "increment"
    ) return [];
    return [{
      purpose,
      amount_units: row.amount,
      channel_id: shortId(row.channelId),
      nonce: row.nonce,
      since: new Date(row.createdAtMs).toISOString(),
    }];
  });
}

function shortId(channelId: string): string {
  return /^0x[0-9a-f]{64}$/.test(channelId) ? `ch_${channelId.slice(2, 10)}` : channelId;
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, each) => total + each, 0n);
}

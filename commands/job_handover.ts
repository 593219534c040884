/**
 * A job that is handed to the process that works on the home: it is planned here, where its input may be read, and sent there,
 * where the unlocked wallet is.
 *
 * @module
 */
import { chooseRequest, type PlannedJob, rowsOf } from "../pipeline/job_flow.ts";
import type { ServiceHandle } from "../pipeline/hosted_service.ts";
import type { Supervisor } from "../pipeline/supervisor.ts";
import type { Pubkey } from "../protocols/nostr/event.ts";
import type { Config } from "../services/config/config.ts";
import { handedJob } from "../services/control/control_service.ts";
import type { JobFlags } from "../services/market/intake.ts";
import type { Market } from "../services/market/market_service.ts";
import type { RelayReader } from "../services/market/relay_reader.ts";
import type { JobRow } from "../services/store/store.ts";
import { CommandError } from "./errors.ts";
import { startEventSigner } from "./open_home.ts";
import { readStore } from "./read_store.ts";
import type { Turn } from "./turn.ts";

type Theirs = Extract<Turn, { whose: "theirs" }>;

/** Plans a job for the wallet of another process. */
export async function planForOther(
  { about }: Theirs,
  supervisor: Supervisor,
  market: Market,
  config: Config,
  flags: JobFlags,
): Promise<PlannedJob> {
  const { profile } = config;
  if (about.network !== profile.name) {
    throw new CommandError(
      "other_network",
      `the ${about.role} of this home works on ${about.network}, not on ${profile.name}`,
      "leave --network out, or stop it first",
    );
  }
  const relay = { relayUrl: profile.relayUrl };
  const planWith = (reader: ServiceHandle) =>
    chooseRequest(
      { profile, pubkey: about.pubkey as Pubkey, relayReader: reader.client<RelayReader>() },
      market,
      flags,
    );
  try {
    return await planWith(await supervisor.service("relay-reader-anonymous", relay));
  } catch (error) {
    if ((error as { code?: unknown }).code !== "denied") throw error;
    // This relay wants to know who reads (NIP-42).
    const signer = await startEventSigner(config, supervisor);
    return await planWith(await supervisor.service("relay-reader", relay, { signer }));
  }
}

/** Hands the planned job over; it is durable when this resolves. */
export async function handOver(
  { client, about }: Theirs,
  config: Config,
  planned: PlannedJob,
  flags: JobFlags & { readonly callbackSkill: string | null },
  nowMs: number,
): Promise<JobRow> {
  await using store = await readStore(config);
  const jobId = await store.freeJobId(planned.built.eventId);
  const buyer = about.pubkey as Pubkey;
  const { row, outbox } = rowsOf(config.profile, buyer, jobId, planned, flags, nowMs);
  await client.call("submit", handedJob(row, outbox));
  return row;
}

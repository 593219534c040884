/**
 * Reads a job's log by offset. A provider has it in its store. A buyer asks the provider for bytes that it does not have, and stores them.
 * So each byte is fetched once, and reading continues after a lost connection or a restart. A provider that can be reached over several
 * connectors is asked at its next address if there is no answer from one. The address that answered is asked first from then on.
 *
 * Held: up to three ILP addresses of each of at most 256 providers.
 *
 * @module
 */
import { firstOf } from "../../base/first_of.ts";
import { messageOf } from "../../base/thrown.ts";
import { systemTimers } from "../../base/timers.ts";
import { inflate } from "../../market/logs/deflate.ts";
import { type JobLogReader, JobLogReadError } from "../../market/logs/job_log_reader.ts";
import type { RelayReader } from "../../market/relay_questions.ts";
import { isEnded } from "../../protocols/job_status.ts";
import type { JobLog } from "../../store/job_log_row.ts";
import type { JobRow } from "../../store/job_row.ts";
import { isConflict } from "../../store/store_error.ts";
import type { Store } from "../../store/store.ts";
import { type JobLogAnswer, receivedRows } from "../../protocols/nostr/job_log.ts";
import { asksPrivately } from "../../protocols/nostr/private_job.ts";
import type { HomeApi, HomeCall } from "./home_api.ts";
import type { JobLogPart } from "./job_log_part.ts";

/** The parts of a home that it uses. */
interface JobLogParts {
  readonly store: Pick<Store, "getJob" | "watchJob" | "jobLog" | "commit">;
  readonly relayReader: Pick<RelayReader, "announcements">;
  /** Null if providers cannot be asked. */
  readonly jobLogs: JobLogReader | null;
}

const MAX_PROVIDERS = 256;
/** The most addresses of a provider that are asked. */
const MAX_ADDRESSES = 3;
/** How long an address has to answer, in addition to the provider's own waiting time, before the next one is asked too. */
const NEXT_ADDRESS_MS = 1_500;
/** The most bytes in one answer, in which a few pieces are unpacked together. */
const MAX_PART_BYTES = 1 << 20;
const MAX_WAIT_MS = 10_000;

/** Makes the method {@link HomeApi.jobLog}. */
export function jobLogOf({ store, relayReader, jobLogs }: JobLogParts): HomeApi["jobLog"] {
  const addresses = new Map<string, readonly string[]>();
  let way: ReturnType<JobLogReader["way"]> | undefined;

  const addressesOf = async (
    { kind, request }: JobRow,
    provider: string,
  ): Promise<readonly string[]> => {
    const known = addresses.get(provider);
    if (known !== undefined) return known;
    const [announced] = await relayReader.announcements(
      asksPrivately(request) ? [] : [kind],
      provider,
    );
    const address = announced?.ilpAddress ?? null;
    if (address === null) {
      throw new JobLogReadError("no_address", "the provider announces no ILP address now");
    }
    const all = [address, ...announced.moreAddresses ?? []].slice(0, MAX_ADDRESSES);
    if (addresses.size >= MAX_PROVIDERS) addresses.delete(addresses.keys().next().value!);
    addresses.set(provider, all);
    return all;
  };

  /** Asks the provider at one address after the other. */
  const ask = async (
    jobLogs: JobLogReader,
    wanted: Omit<Parameters<JobLogReader["read"]>[0], "destination">,
    destinations: readonly string[],
  ): Promise<JobLogAnswer> => {
    const tries = destinations.map((destination) => async () => ({
      destination,
      answer: await jobLogs.read({ ...wanted, destination }),
    }));
    const nextMs = wanted.waitMs + NEXT_ADDRESS_MS;
    const { destination, answer } = await firstOf(tries, nextMs, systemTimers);
    const others = destinations.filter((each) => each !== destination);
    if (destination !== destinations[0]) {
      addresses.set(wanted.provider, [destination, ...others]);
    }
    return answer;
  };

  /** Fetches more of the log. Returns whether it is the end of the whole log. It is not an error if another call fetched it in the meantime. */
  const fetch = async (job: JobRow, offset: number, waitMs: number): Promise<boolean> => {
    const { provider } = job;
    if (jobLogs === null) {
      throw new JobLogReadError(
        "no_address",
        "this network has neither a connector nor free writes to ask through",
      );
    }
    if (provider === null) throw new JobLogReadError("no_address", "it has no provider yet");
    const overRelay = await (way ??= jobLogs.way()) === "relay";
    const destinations = overRelay ? [""] : await addressesOf(job, provider);
    const isSecret = asksPrivately(job.request);
    const wanted = { requestId: job.eventId, provider, offset, waitMs, isSecret };
    const answer = await ask(jobLogs, wanted, destinations);
    for (const row of receivedRows(job.jobId, offset, answer)) {
      await store.commit([{ op: "addJobLog", row }]).catch((error) => {
        if (!isConflict(error)) throw error;
      });
    }
    const last = answer.pieces.at(-1);
    const end = last === undefined ? offset : last.offset + last.sizeBytes;
    return answer.ended && end >= answer.endBytes;
  };

  return async (asked, call: HomeCall): Promise<JobLogPart> => {
    const { jobId, offset } = asked;
    const waitMs = Math.min(asked.waitMs, MAX_WAIT_MS);
    const own = await store.getJob(jobId, "provider");
    if (own !== null) {
      const log = await store.jobLog(jobId, "provider", offset, waitMs);
      return await part(log, offset, log.ended, null);
    }
    const job = await store.getJob(jobId, "buyer");
    if (job === null) throw new RangeError(`Cannot read the log of ${jobId}: there is no such job`);
    const here = await store.jobLog(jobId, "buyer", offset, 0);
    if (here.pieces.length > 0) return await part(here, offset, false, null);
    call.signal.throwIfAborted();
    if (!job.jobPaid && job.amountUnits > 0n && !isEnded(job.status)) {
      await store.watchJob(jobId, "buyer", job.updatedAtMs, waitMs);
      return await part(here, offset, false, null);
    }
    try {
      const isWhole = await fetch(job, here.endBytes, waitMs);
      return await part(await store.jobLog(jobId, "buyer", offset, 0), offset, isWhole, null);
    } catch (error) {
      return await part(here, offset, isEnded(job.status), messageOf(error));
    }
  };
}

async function part(
  { pieces, endBytes }: JobLog,
  offset: number,
  whole: boolean,
  problem: string | null,
): Promise<JobLogPart> {
  const parts: Uint8Array[] = [];
  let size = 0;
  let to = Math.min(offset, endBytes);
  for (const piece of pieces) {
    if (size > 0 && size + piece.sizeBytes > MAX_PART_BYTES) break;
    const bytes = await inflate(piece.deflated, piece.sizeBytes);
    parts.push(bytes.subarray(Math.max(0, offset - piece.offset)));
    size += piece.sizeBytes;
    to = piece.offset + piece.sizeBytes;
  }
  const bytes = await new Blob(parts.map((each) => each.slice())).bytes();
  return { offset: Math.min(offset, endBytes), bytes, ended: whole && to >= endBytes, problem };
}

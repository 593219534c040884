/**
 * Asks a provider for a part of a job's log. The question is a packet of amount 0 over a separate session that pays nothing; where there is
 * no connector, an ephemeral event at the relay. Held: one session, which ends 30 s after the last question. At most 4 questions are sent in
 * a second, in their order of arrival, because connectors and relays limit what costs nothing.
 *
 * @module
 */
import { conditionOf, contentFulfilment } from "../../protocols/ilp/condition.ts";
import { isIlpAddress } from "../../protocols/ilp/address.ts";
import { asEventId, asPubkey, parseEvent } from "../../protocols/nostr/event.ts";
import {
  type JobLogAnswer,
  jobLogQuestion,
  parseJobLogAnswer,
} from "../../protocols/nostr/job_log.ts";
import { JOB_LOG_KIND } from "../../protocols/nostr/kinds.ts";
import type { EventVerifier } from "../../protocols/nostr/verifier.ts";
import { decodeDocument } from "../../protocols/toon/decode.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import { messageOf } from "../../base/thrown.ts";
import type { Signer } from "../../money/signer/signer.ts";
import { openedAnswer, sealedData } from "../private/private_packet.ts";
import { deflate, inflate } from "./deflate.ts";
import { isPrivate } from "../../protocols/nostr/private_event.ts";

/** The part of a log that is asked for. */
interface WantedLog {
  /** The id of the job's request. */
  readonly requestId: string;
  readonly provider: string;
  /** The provider's ILP address. */
  readonly destination: string;
  /** The first byte of the part. */
  readonly offset: number;
  /** How long the provider may wait for more output, in milliseconds. */
  readonly waitMs: number;
  /** True if the job is private. Then only its provider can read the question. */
  readonly isSecret?: boolean;
}

/** Asks for logs. */
export interface JobLogReader {
  /** How questions travel: in packets to the provider's ILP address, or over the relay. */
  way(): Promise<"packets" | "relay">;
  /** Rejects with {@link JobLogReadError}. */
  read(wanted: WantedLog): Promise<JobLogAnswer>;
}

/** What a reader needs. */
interface JobLogReaderDeps {
  readonly signer: Pick<Signer, "identity" | "signEvents" | "decrypt" | "wrapText">;
  readonly verifier: EventVerifier;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly way: "packets" | "relay";
  /** Sends a packet of amount 0 with this data to an address, or the data over the relay. Returns the data of the answer. */
  readonly send: (
    destination: string,
    data: Uint8Array,
    condition: Uint8Array,
    signal: AbortSignal,
  ) => Promise<Uint8Array>;
  /** Resolves after that many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
}

const GAP_MS = 250;
/** How long to wait for the answer, in addition to the provider's own waiting time. */
const ANSWER_MS = 8_000;
const MAX_ANSWER_BYTES = 65_536;

/** Makes a reader from a function that sends packets. */
export function jobLogReader(
  { signer, verifier, clock, way, send, sleep }: JobLogReaderDeps,
): JobLogReader {
  let turn: Promise<void> = Promise.resolve();
  return {
    way: () => Promise.resolve(way),
    async read({ requestId, provider, destination, offset, waitMs, isSecret }) {
      if (way === "packets" && !isIlpAddress(destination)) {
        throw new JobLogReadError("no_address", "it names no ILP address");
      }
      const before = turn;
      turn = before.then(() => sleep(GAP_MS));
      await before;
      const { pubkey } = await signer.identity();
      const template = jobLogQuestion(
        {
          requestId: asEventId(requestId),
          provider: asPubkey(provider),
          offset,
          waitMs,
        },
        Math.floor(clock() / 1_000),
        way === "relay" ? crypto.randomUUID() : undefined,
      );
      const [event] = await signer.signEvents([{ ...template, pubkey: asPubkey(pubkey) }]);
      const asked = encodeToon(event, "1.4");
      const data = isSecret ? await sealedData(asked, provider, signer) : asked;
      let answer: Uint8Array;
      try {
        const signal = AbortSignal.timeout(waitMs + ANSWER_MS);
        answer = await send(destination, data, conditionOf(contentFulfilment(data)), signal);
      } catch (cause) {
        throw new JobLogReadError("no_answer", messageOf(cause), { cause });
      }
      const said = isSecret ? (await openedAnswer(answer, provider, signer))?.data : answer;
      const told = said ?? new Uint8Array(0);
      return await packedAnew(await read(told, requestId, provider, { signer, verifier }));
    },
  };
}

/**
 * Pieces are unpacked and compressed again in this worker, because other threads unpack them later, also the main thread, and must not
 * unpack a stranger's bytes.
 */
async function packedAnew(answer: JobLogAnswer): Promise<JobLogAnswer> {
  try {
    const pieces = await Promise.all(answer.pieces.map(async ({ offset, sizeBytes, deflated }) => ({
      offset,
      sizeBytes,
      deflated: await deflate(await inflate(deflated, sizeBytes)),
    })));
    return { ...answer, pieces };
  } catch (cause) {
    throw new JobLogReadError("bad_answer", "a piece cannot be unpacked", { cause });
  }
}

/** The answer, if the provider signed it and it is about this request. */
async function read(
  data: Uint8Array,
  requestId: string,
  provider: string,
  { signer, verifier }: Pick<JobLogReaderDeps, "verifier"> & {
    readonly signer: Pick<Signer, "decrypt">;
  },
): Promise<JobLogAnswer> {
  try {
    const event = parseEvent(decodeDocument(data, { maxBytes: MAX_ANSWER_BYTES }).event);
    const names = event.tags.some(([name, id]) => name === "e" && id === requestId);
    if (event.kind !== JOB_LOG_KIND || event.pubkey !== provider || !names) {
      throw new Error("it answers something else");
    }
    if (!verifier.isVerified(event)) throw new Error("its signature is wrong");
    return parseJobLogAnswer(
      isPrivate(event) ? await signer.decrypt(provider, event.content) : event.content,
    );
  } catch (cause) {
    throw new JobLogReadError("bad_answer", messageOf(cause), { cause });
  }
}

/** The log could not be read now. */
export class JobLogReadError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "JobLogReadError";

  /** `why` follows `The provider's log cannot be read: `. */
  constructor(
    /** `no_answer`: ask again later. `no_address`: this provider cannot be asked. `bad_answer`: the answer is not a log. */
    readonly code: "no_answer" | "no_address" | "bad_answer",
    why: string,
    options?: ErrorOptions,
  ) {
    super(`The provider's log cannot be read: ${why}`, options);
  }
}

/**
 * Asks a provider for a part of a job's log, by packets of amount 0 over a session of its own that pays nothing. Held: one session for
 * each connector, which ends 30 s after the last question; at most 4 questions a second, in order of arrival, since connectors
 * limit packets that pay nothing.
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

/** What is asked for. */
interface WantedLog {
  /** The job's request. */
  readonly requestId: string;
  readonly provider: string;
  /** The provider's ILP address. */
  readonly destination: string;
  /** The first byte that is wanted. */
  readonly offset: number;
  /** How long the provider may wait for it, milliseconds. */
  readonly waitMs: number;
  /** Whether the job is private: then nobody but its provider reads the question. */
  readonly isSecret?: boolean;
}

/** Asks for logs. */
export interface JobLogReader {
  /** Rejects with {@link JobLogReadError}. */
  read(wanted: WantedLog): Promise<JobLogAnswer>;
}

/** What it works with. */
interface JobLogReaderDeps {
  readonly signer: Pick<Signer, "identity" | "signEvents" | "decrypt" | "wrapText">;
  readonly verifier: EventVerifier;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Sends an amount-0 packet with this data to an address, and gives the data of the answer. */
  readonly send: (
    destination: string,
    data: Uint8Array,
    condition: Uint8Array,
    signal: AbortSignal,
  ) => Promise<Uint8Array>;
  /** Resolves after so long. */
  readonly sleep: (ms: number) => Promise<void>;
}

const GAP_MS = 250;
/** Beyond what the provider may wait. */
const ANSWER_MS = 8_000;
const MAX_ANSWER_BYTES = 65_536;

/** Makes a reader over a way to send. */
export function jobLogReader(
  { signer, verifier, clock, send, sleep }: JobLogReaderDeps,
): JobLogReader {
  let turn: Promise<void> = Promise.resolve();
  return {
    async read({ requestId, provider, destination, offset, waitMs, isSecret }) {
      if (!isIlpAddress(destination)) {
        throw new JobLogReadError("no_address", "it names no ILP address");
      }
      const before = turn;
      turn = before.then(() => sleep(GAP_MS));
      await before;
      const { pubkey } = await signer.identity();
      const template = jobLogQuestion({
        requestId: asEventId(requestId),
        provider: asPubkey(provider),
        offset,
        waitMs,
      }, Math.floor(clock() / 1_000));
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

/** What is kept and unpacked later, also on a main thread, was packed here: nobody unpacks a stranger's bytes there. */
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

/** An answer counts that the provider signed, about this request. */
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

/** A log that could not be read now. */
export class JobLogReadError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "JobLogReadError";

  /** `why` follows `The provider's log cannot be read: `. */
  constructor(
    /** `no_answer`: ask again later. `no_address`: this provider cannot be asked. `bad_answer`: what came is no log. */
    readonly code: "no_answer" | "no_address" | "bad_answer",
    why: string,
    options?: ErrorOptions,
  ) {
    super(`The provider's log cannot be read: ${why}`, options);
  }
}

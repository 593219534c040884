/**
 * Stores what a job prints while it runs: in compressed pieces, each in a row of the provider's store.
 *
 * Held: at most 1 MiB that is not stored yet. Output above that is left out, and the log says so. A piece is stored when 12,000 bytes are
 * there, otherwise every 200 ms. At most 4 MiB of a job's log are stored. The result contains the log's end.
 *
 * @module
 */
import { STARTED_AGAIN } from "../../protocols/nostr/job_log.ts";
import type { Change, Store } from "../../store/store.ts";
import { deflate } from "./deflate.ts";

/** The log of one run. */
interface JobLogWriter {
  /** Accepts output. Returns at once. */
  write(bytes: Uint8Array): void;
  /** Stores what is left and ends the log. Output that cannot be stored is left out. */
  end(): Promise<void>;
}

/** The most bytes of a piece. A piece of any content fits into a packet, also in base64 and encrypted. */
const PIECE_BYTES = 12_000;
/** The most bytes that are stored of a job's log. */
const MAX_LOG_BYTES = 4 << 20;
const MAX_WAITING_BYTES = 1 << 20;
/** The most pieces in one commit. */
const MAX_PIECES = 16;
const PAUSE_MS = 200;

const CUT = "\n[crosstown: the live log ends here, its size limit is reached]\n";
const LEFT_OUT = "\n[crosstown: output came too fast, a part is left out here]\n";

/** Opens the log of a job's run. If the job was started before, the log continues after the stored part. */
export function jobLogWriter(
  store: Pick<Store, "commit" | "jobLog">,
  jobId: string,
  options: {
    /** Called once if a piece could not be stored. Nothing is stored after that. */
    readonly failed?: (error: unknown) => void;
    readonly pauseMs?: number;
    readonly maxLogBytes?: number;
    /** No piece goes beyond a multiple of this many bytes of the run's output, so that each can be sent when it is paid. */
    readonly cutBytes?: number;
  } = {},
): JobLogWriter {
  const { pauseMs = PAUSE_MS, maxLogBytes = MAX_LOG_BYTES, cutBytes = Infinity } = options;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let leftOut = false;
  let offset: number | null = null;
  /** Bytes of the run's own output that were taken for pieces. */
  let taken = 0;
  let full = false;
  let broken = false;
  let ended = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let working: Promise<void> = Promise.resolve();

  const take = (bytes: Uint8Array) => {
    waiting.push(bytes);
    waitingBytes += bytes.length;
  };
  const next = (): Uint8Array => {
    const toCut = cutBytes === Infinity ? PIECE_BYTES : cutBytes - taken % cutBytes;
    const size = Math.min(waitingBytes, PIECE_BYTES, toCut);
    taken += size;
    const piece = new Uint8Array(size);
    let at = 0;
    while (at < size) {
      const [first] = waiting;
      const part = first.subarray(0, size - at);
      piece.set(part, at);
      at += part.length;
      if (part.length === first.length) waiting.shift();
      else waiting[0] = first.subarray(part.length);
    }
    waitingBytes -= size;
    return piece;
  };
  const put = async (...pieces: Uint8Array[]) => {
    let end = offset!;
    const changes = await Promise.all(pieces.map(async (bytes): Promise<Change> => {
      const row = { jobId, role: "provider", offset: end, sizeBytes: bytes.length } as const;
      end += bytes.length;
      return { op: "addJobLog", row: { ...row, deflated: await deflate(bytes) } };
    }));
    await store.commit(changes);
    offset = end;
  };
  const work = async () => {
    if (waitingBytes === 0) return;
    if (offset === null) {
      offset = (await store.jobLog(jobId, "provider", Number.MAX_SAFE_INTEGER, 0)).endBytes;
      if (offset > 0) await put(new TextEncoder().encode(STARTED_AGAIN));
    }
    while (waitingBytes > 0 && !full) {
      const pieces: Uint8Array[] = [];
      for (let room = maxLogBytes - offset; waitingBytes > 0 && pieces.length < MAX_PIECES;) {
        const piece = next();
        full = piece.length > room;
        if (room > 0) pieces.push(piece.subarray(0, room));
        if (full) {
          pieces.push(new TextEncoder().encode(CUT));
          break;
        }
        room -= piece.length;
      }
      await put(...pieces);
    }
    waiting = full ? [] : waiting;
    waitingBytes = full ? 0 : waitingBytes;
  };
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    working = working.then(async () => {
      if (!broken) await work();
    }).catch((error) => {
      broken = true;
      options.failed?.(error);
    });
  };

  return {
    write(bytes) {
      if (full || broken || ended || bytes.length === 0) return;
      if (waitingBytes + bytes.length > MAX_WAITING_BYTES) {
        if (!leftOut) take(new TextEncoder().encode(LEFT_OUT));
        leftOut = true;
        return;
      }
      leftOut = false;
      take(bytes.slice());
      if (waitingBytes >= PIECE_BYTES) flush();
      else timer ??= setTimeout(flush, pauseMs);
    },
    async end() {
      ended = true;
      flush();
      await working;
    },
  };
}

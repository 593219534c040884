/**
 * The requests of one BTP session that wait for their answers, matched by id.
 *
 * Held: at most `maxPending` (one more is refused as `busy`).
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import type { Frame } from "../../protocols/btp/frame.ts";
import type { Timers } from "../../base/timers.ts";
import { BtpError } from "./btp_error.ts";

interface Waiting {
  resolve(frame: Frame): void;
  reject(error: BtpError): void;
  cancel(): void;
}

const MAX_ID = 0xffff_ffff;

/** Own requests without an answer yet. */
export class PendingRequests {
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;

  /** At most `maxPending` requests wait at the same time. */
  constructor(readonly timers: Timers, readonly maxPending: number) {}

  /** How many wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Sends a request under a free id and waits for its answer.
   *
   * @throws {BtpError} `peer_error`, `timeout`, `closed`, `busy`, `frame`
   */
  ask(send: (requestId: number) => void, timeoutMs: number): Promise<Frame> {
    if (this.#waiting.size >= this.maxPending) {
      return Promise.reject(new BtpError("busy", `${this.maxPending} requests wait for an answer`));
    }
    const requestId = this.#freeId();
    return new Promise((resolve, reject) => {
      const cancel = this.timers.after(timeoutMs, () => {
        this.#waiting.delete(requestId);
        reject(new BtpError("timeout", `No answer within ${timeoutMs} ms`));
      });
      this.#waiting.set(requestId, { resolve, reject, cancel });
      try {
        send(requestId);
      } catch (error) {
        cancel();
        this.#waiting.delete(requestId);
        reject(new BtpError("frame", messageOf(error)));
      }
    });
  }

  /** Passes an answer to its request. Returns null, or an error if no request waits for this answer. */
  answer(frame: Frame): BtpError | null {
    const waiting = this.#waiting.get(frame.requestId);
    if (waiting === undefined) {
      const what = `A ${frame.type} came for request ${frame.requestId}, which is not waiting`;
      return new BtpError("unknown_response", what);
    }
    this.#waiting.delete(frame.requestId);
    waiting.cancel();
    if (frame.type === "error") waiting.reject(peerError(frame));
    else waiting.resolve(frame);
    return null;
  }

  /** Rejects all waiting requests, because the session ended. */
  end(reason: string): void {
    for (const waiting of this.#waiting.values()) {
      waiting.cancel();
      waiting.reject(new BtpError("closed", `The session ended: ${reason}`));
    }
    this.#waiting.clear();
  }

  #freeId(): number {
    while (this.#waiting.has(this.#nextId)) this.#nextId = (this.#nextId % MAX_ID) + 1;
    const id = this.#nextId;
    this.#nextId = (id % MAX_ID) + 1;
    return id;
  }
}

function peerError(frame: Frame): BtpError {
  const { code, name, data } = frame.error!;
  const words = new TextDecoder().decode(data.subarray(0, 200));
  return new BtpError("peer_error", `The peer answered ${code} ${name}: ${words}`, code);
}

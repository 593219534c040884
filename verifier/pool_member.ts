/**
 * One worker of the verifier pool with the batches that it is at. It fails by its own error, by a message that is none, or by
 * saying nothing for `hungMs`; it is then terminated, or left alone where it cannot be.
 *
 * @module
 */
import {
  packSignatures,
  READY,
  type SignatureParts,
  type VerdictMessage,
} from "./signature_batch.ts";

/** What the pool needs of a `Worker`. */
export type VerifierWorker = Pick<
  Worker,
  "postMessage" | "terminate" | "onmessage" | "onerror" | "onmessageerror"
>;

/** One signature on its way. */
export interface Check extends SignatureParts {
  /** Called once. */
  settle(good: boolean): void;
  /** Called once, when nothing can be said. */
  fail(error: unknown): void;
  /** How many workers failed with it. */
  deaths: number;
}

/** What the pool hears of a member. */
export interface MemberEvents {
  /** A batch came back: there is room. */
  onRoom(member: PoolMember): void;
  /** It is gone; these were not answered. */
  onFailed(member: PoolMember, unanswered: readonly Check[], why: string): void;
}

/** Batches of one worker at once: the second waits there while the first is checked. */
const MAX_BATCHES = 2;

/** How long a worker may take to start: its modules are loaded, on a busy machine. */
const START_MS = 60_000;

/** A worker and its batches. */
export class PoolMember {
  readonly #worker: VerifierWorker;
  readonly #events: MemberEvents;
  readonly #hungMs: number;
  readonly #batches = new Map<number, readonly Check[]>();
  #next = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #gone = false;
  #ready = false;

  /** Takes over the worker's handlers. */
  constructor(worker: VerifierWorker, events: MemberEvents, hungMs: number) {
    this.#worker = worker;
    this.#events = events;
    this.#hungMs = hungMs;
    worker.onmessage = ({ data }) => this.#answered(data);
    worker.onmessageerror = () => this.#fail("it sent what cannot be read");
    worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(event.message);
    };
  }

  /** How many more batches it takes now. */
  get room(): number {
    return this.#gone ? 0 : MAX_BATCHES - this.#batches.size;
  }

  /** Whether nothing is under way. */
  get idle(): boolean {
    return this.#batches.size === 0;
  }

  /** Sends a batch; the caller looked at {@link room}. */
  send(checks: readonly Check[]): void {
    const batch = this.#next++;
    this.#batches.set(batch, checks);
    const bytes = packSignatures(checks);
    this.#worker.postMessage({ batch, bytes }, [bytes.buffer]);
    this.#watch();
  }

  /** Ends the worker; gives what it had not answered. */
  end(): Check[] {
    this.#gone = true;
    clearTimeout(this.#timer);
    this.#worker.terminate();
    const unanswered = [...this.#batches.values()].flat();
    this.#batches.clear();
    return unanswered;
  }

  #answered(message: VerdictMessage): void {
    if (this.#gone) return;
    this.#ready = true;
    if (message.batch === READY) return this.#watch();
    const checks = this.#batches.get(message.batch);
    if (checks === undefined || message.good?.length !== checks.length) {
      return this.#fail("it answered what was not asked");
    }
    this.#batches.delete(message.batch);
    this.#watch();
    // Only 1 is good: whatever else a broken worker writes must never pass.
    checks.forEach((check, index) => check.settle(message.good[index] === 1));
    this.#events.onRoom(this);
  }

  #watch(): void {
    clearTimeout(this.#timer);
    if (this.#batches.size === 0) return;
    const waitMs = this.#ready ? this.#hungMs : START_MS;
    this.#timer = setTimeout(() => this.#fail("it did not answer in time"), waitMs);
  }

  #fail(why: string): void {
    if (this.#gone) return;
    this.#events.onFailed(this, this.end(), why);
  }
}

/**
 * Finds workers that hang. It pings each worker every `pingMs`, and declares it dead if it has not answered a ping for `deadMs`. There is
 * no other sign: a busy loop, `self.close()` and `Deno.exit()` in a worker are invisible from outside.
 *
 * Time in which the main thread was blocked or suspended does not count: if a beat comes late, each worker gets that time in addition.
 *
 * @module
 */
import type { SupervisedWorker } from "./supervised_worker.ts";

/** Times of the heartbeat, in milliseconds. */
interface HeartbeatTimes {
  /** Time between two pings. */
  readonly pingMs: number;
  /** Silence after which a worker is dead. */
  readonly deadMs: number;
  /** The limit for a worker that is not ready yet. */
  readonly startMs: number;
}

/** Pings all workers that were added. */
export class Heartbeat {
  /** Time of the oldest ping that each worker has not answered; once the worker was heard, the next ping sets it. */
  readonly #workers = new Map<SupervisedWorker, number>();
  readonly #times: HeartbeatTimes;
  readonly #nowMs: () => number;
  #timer: ReturnType<typeof setInterval> | undefined;
  #lastBeatMs: number;
  #nonce = 0;
  /** Called with a worker that hangs. */
  readonly #hung: (worker: SupervisedWorker) => void;
  /** Number of listeners that want sampled heads; with 0, pongs contain none. */
  taps = 0;

  /** Makes a heartbeat, which runs while there is a worker. */
  constructor(
    times: HeartbeatTimes,
    nowMs: () => number,
    hung: (worker: SupervisedWorker) => void,
  ) {
    this.#times = times;
    this.#nowMs = nowMs;
    this.#hung = hung;
    this.#lastBeatMs = nowMs();
  }

  /** Adds a worker. */
  add(worker: SupervisedWorker): void {
    this.#workers.set(worker, -Infinity);
    if (this.#timer !== undefined) return;
    this.#lastBeatMs = this.#nowMs();
    this.#timer = setInterval(() => this.beat(), this.#times.pingMs);
  }

  /** Removes a worker. */
  remove(worker: SupervisedWorker): void {
    this.#workers.delete(worker);
    if (this.#workers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Pings all workers now; returns the nonce of their next pongs. */
  ping(): number {
    const nonce = ++this.#nonce;
    const now = this.#nowMs();
    for (const [worker, askedAtMs] of this.#workers) {
      if (worker.heardAtMs >= askedAtMs) this.#workers.set(worker, now);
      worker.post({ type: "ping", nonce, tap: this.taps > 0 });
    }
    return nonce;
  }

  /** One beat: pings all workers, and checks which were silent for too long. */
  beat(): void {
    const { pingMs } = this.#times;
    const now = this.#nowMs();
    const lateMs = now - this.#lastBeatMs - pingMs;
    this.#lastBeatMs = now;
    for (const [worker, askedAtMs] of this.#workers) {
      if (worker.dead) this.remove(worker);
      else if (lateMs > pingMs / 2) {
        worker.heardAtMs = Math.min(now, worker.heardAtMs + lateMs);
        this.#workers.set(worker, Math.min(now, askedAtMs + lateMs));
      } else if (this.#silent(worker, now)) this.#suspect(worker);
    }
    this.ping();
  }

  /** Messages that arrived while this thread was busy are still queued, so it processes them before the decision. */
  #suspect(worker: SupervisedWorker): void {
    setTimeout(() => {
      if (!worker.dead && this.#silent(worker, this.#nowMs())) this.#hung(worker);
    }, 0);
  }

  #silent(worker: SupervisedWorker, now: number): boolean {
    const { deadMs, startMs } = this.#times;
    if (!worker.started) return now - worker.heardAtMs > startMs;
    const askedAtMs = this.#workers.get(worker) ?? -Infinity;
    return worker.heardAtMs < askedAtMs && now - askedAtMs > deadMs;
  }
}

/**
 * Finds workers that hang: each is pinged every `pingMs`, and is dead when it has not answered a ping for `deadMs`. There is no
 * other sign: a busy loop, `self.close()` and `Deno.exit()` in a worker are invisible from outside.
 *
 * Time in which the main thread was blocked or suspended does not count: when a beat comes late, each worker gets that time in addition.
 *
 * @module
 */
import type { SupervisedWorker } from "./supervised_worker.ts";

/** Times of the heartbeat, in milliseconds. */
interface HeartbeatTimes {
  /** Between two pings. */
  readonly pingMs: number;
  /** Silence after which a worker is dead. */
  readonly deadMs: number;
  /** For a worker that is not ready yet. */
  readonly startMs: number;
}

/** Pings every worker that it knows. */
export class Heartbeat {
  /** When each was asked first what it has not answered yet; after it was heard, when it is asked next. */
  readonly #workers = new Map<SupervisedWorker, number>();
  readonly #times: HeartbeatTimes;
  readonly #nowMs: () => number;
  #timer: ReturnType<typeof setInterval> | undefined;
  #lastBeatMs: number;
  #nonce = 0;
  /** Called for the worker that hangs. */
  readonly #hung: (worker: SupervisedWorker) => void;
  /** How many want sampled heads; with none, pongs bring none. */
  taps = 0;

  /** Beats while there is a worker. */
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

  /** Watches a worker. */
  add(worker: SupervisedWorker): void {
    this.#workers.set(worker, -Infinity);
    if (this.#timer !== undefined) return;
    this.#lastBeatMs = this.#nowMs();
    this.#timer = setInterval(() => this.beat(), this.#times.pingMs);
  }

  /** Watches it no more. */
  remove(worker: SupervisedWorker): void {
    this.#workers.delete(worker);
    if (this.#workers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Pings everybody now; gives the nonce that fresh pongs carry. */
  ping(): number {
    const nonce = ++this.#nonce;
    const now = this.#nowMs();
    for (const [worker, askedAtMs] of this.#workers) {
      if (worker.heardAtMs >= askedAtMs) this.#workers.set(worker, now);
      worker.post({ type: "ping", nonce, tap: this.taps > 0 });
    }
    return nonce;
  }

  /** One beat: pings, and looks who was silent for too long. */
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

  /** What was said while this thread was busy is still in the queue: listen once more before judging. */
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

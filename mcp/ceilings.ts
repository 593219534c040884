/**
 * What an agent may spend through one `crosstown mcp`, for each job and in total. The agent has no tool to change it. Amounts are base
 * units of the network's asset. The home's limits and the signer's ceilings apply as well.
 *
 * @module
 */
import { CommandError } from "../shell/errors.ts";

/** The limits that the person who started the server set. */
export interface Allowance {
  /** The most that one job may cost. */
  readonly jobUnits: bigint;
  /** The most that all jobs of this server may cost together. */
  readonly totalUnits: bigint;
  /** The person is asked before a job that may cost more; null: never. */
  readonly askAboveUnits: bigint | null;
}

/** The cost of a job so far. */
interface Spent {
  readonly paidUnits: bigint;
  /** True if the cost is final. */
  readonly ended: boolean;
}

/** What more is to be paid for a job that exists. */
export interface JobCost {
  readonly jobId: string;
  /** Its cost so far. */
  readonly paidUnits: bigint;
  /** The most that it may cost in total. */
  readonly mostUnits: bigint;
}

/** A reservation for a job that exists, while its payment is ordered. */
interface Raised {
  /** Nothing was ordered: the amount is free again. */
  readonly nothing: () => void;
  /** It was ordered, and the job's cost is known from now on. */
  readonly done: () => void;
}

/** Reserves the most that each job may cost, until the job has ended and its cost is known. */
export class Ceilings {
  readonly allowance: Allowance;
  readonly #format: (units: bigint) => string;
  readonly #jobs = new Map<string, bigint>();
  readonly #settled = new Set<string>();
  /** What jobs had cost before this server paid for them: that was not reserved here, or is counted already. */
  readonly #before = new Map<string, bigint>();
  /** How many payments of a job are being ordered. Its cost is not final meanwhile, even if the job has ended. */
  readonly #ordering = new Map<string, number>();
  #spent = 0n;
  #held = 0n;

  /** `format` writes units as text for people. */
  constructor(allowance: Allowance, format: (units: bigint) => string) {
    this.allowance = allowance;
    this.#format = format;
  }

  /** The amount that may still be reserved. */
  get leftUnits(): bigint {
    const left = this.allowance.totalUnits - this.#spent - this.#held;
    return left < 0n ? 0n : left;
  }

  /** Ids of jobs whose cost is not final yet. */
  get openJobs(): readonly string[] {
    return [...this.#jobs.keys()];
  }

  /** The most that a job may cost: the bid, or without a bid the largest allowed amount. Throws `above_ceiling`. */
  boundOf(bidUnits: bigint | null): bigint {
    const { jobUnits } = this.allowance;
    const bound = bidUnits ?? (jobUnits < this.leftUnits ? jobUnits : this.leftUnits);
    if (bound > jobUnits) this.#refuse("a job", bound, jobUnits);
    if (bound > this.leftUnits || bound <= 0n) this.#refuse("what is left", bound, this.leftUnits);
    return bound;
  }

  /** Reserves this amount before a job is made. Throws `above_ceiling`. */
  hold(boundUnits: bigint): void {
    this.boundOf(boundUnits);
    this.#held += boundUnits;
  }

  /** Frees the amount again: no job was made and nothing was spent. */
  release(boundUnits: bigint): void {
    this.#held -= boundUnits;
  }

  /** Assigns the reserved amount to this job. A job that was counted before is not counted again. */
  assign(boundUnits: bigint, jobId: string): void {
    const known = this.#jobs.has(jobId) || this.#settled.has(jobId);
    if (known) return this.release(boundUnits);
    this.#jobs.set(jobId, boundUnits);
  }

  /** Records a job's cost. When the job has ended, the rest of its amount is free again. */
  settle(jobId: string, { paidUnits, ended }: Spent): void {
    const bound = this.#jobs.get(jobId);
    if (bound === undefined || !ended || this.#ordering.has(jobId)) return;
    this.#jobs.delete(jobId);
    this.#settled.add(jobId);
    this.#held -= bound;
    this.#spent += paidUnits - (this.#before.get(jobId) ?? 0n);
    this.#before.delete(jobId);
  }

  /** The most that this job may cost by what is reserved for it; null if nothing is. */
  reservedFor(jobId: string): bigint | null {
    const bound = this.#jobs.get(jobId);
    return bound === undefined ? null : bound + (this.#before.get(jobId) ?? 0n);
  }

  /** Throws `above_ceiling` if {@link Ceilings.raise} would. Returns how much more it would reserve; 0 or less if it is reserved already. */
  checkRaise({ jobId, paidUnits, mostUnits }: JobCost): bigint {
    const { jobUnits } = this.allowance;
    if (mostUnits > jobUnits) this.#refuse("a job", mostUnits, jobUnits);
    const wanted = mostUnits - (this.reservedFor(jobId) ?? paidUnits);
    if (wanted > this.leftUnits) this.#refuse("what is left", wanted, this.leftUnits);
    return wanted;
  }

  /**
   * Reserves what a job may cost from now on. What it has cost before counts for the ceiling of a job, and not again for the total. Throws
   * `above_ceiling`. Until one of the returned functions is called, the job's amount stays reserved.
   */
  raise(cost: JobCost): Raised {
    const { jobId, paidUnits } = cost;
    const wanted = this.checkRaise(cost);
    if (wanted > 0n) {
      if (!this.#jobs.has(jobId)) this.#before.set(jobId, paidUnits);
      this.#jobs.set(jobId, (this.#jobs.get(jobId) ?? 0n) + wanted);
      this.#held += wanted;
    }
    this.#ordering.set(jobId, (this.#ordering.get(jobId) ?? 0) + 1);
    const done = () => {
      const others = (this.#ordering.get(jobId) ?? 0) - 1;
      if (others > 0) this.#ordering.set(jobId, others);
      else this.#ordering.delete(jobId);
    };
    return {
      done,
      nothing: () => {
        done();
        if (wanted <= 0n) return;
        this.#held -= wanted;
        const left = this.#jobs.get(jobId)! - wanted;
        if (left > 0n) return void this.#jobs.set(jobId, left);
        this.#jobs.delete(jobId);
        this.#before.delete(jobId);
      },
    };
  }

  /**
   * Sets aside what one more write of a job may cost, beyond what the job has paid. A job that this server did not buy has nothing set
   * aside yet. Throws `above_ceiling`.
   */
  holdWrite(jobId: string, paidUnits: bigint, writeUnits: bigint): void {
    const bound = this.#jobs.get(jobId);
    const reserved = this.reservedFor(jobId);
    const wanted = reserved === null ? writeUnits : paidUnits + writeUnits - reserved;
    if (wanted <= 0n) return;
    if (wanted > this.leftUnits) this.#refuse("what is left", wanted, this.leftUnits);
    if (bound !== undefined) this.#jobs.set(jobId, bound + wanted);
    this.#held += wanted;
  }

  /** The write was paid, or not: what was set aside for a job that this server did not buy is free again. */
  settleWrite(jobId: string, writeUnits: bigint, paidUnits: bigint): void {
    if (this.#jobs.has(jobId)) return;
    this.#held -= writeUnits;
    this.#spent += paidUnits;
  }

  /** The state as the tools show it. */
  get state() {
    return {
      job_units: this.allowance.jobUnits,
      total_units: this.allowance.totalUnits,
      spent_units: this.#spent,
      held_units: this.#held,
      left_units: this.leftUnits,
    };
  }

  #refuse(of: string, wanted: bigint, most: bigint): never {
    throw new CommandError(
      "above_ceiling",
      `${this.#format(wanted)} is above the ceiling of ${of}: ${this.#format(most)}`,
      "ask the person who started 'crosstown mcp' to raise --max-job or --max-total; no tool can",
    );
  }
}

/**
 * What an agent may spend through one `crosstown mcp`, for each job and in total. The agent has no tool to change it. Amounts are base
 * units of the network's asset. The home's limits and the signer's ceilings apply as well.
 *
 * @module
 */
import { CommandError } from "../../shell/errors.ts";

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

/** Reserves the most that each job may cost, until the job has ended and its cost is known. */
export class Ceilings {
  readonly allowance: Allowance;
  readonly #format: (units: bigint) => string;
  readonly #jobs = new Map<string, bigint>();
  readonly #settled = new Set<string>();
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
    if (bound === undefined || !ended) return;
    this.#jobs.delete(jobId);
    this.#settled.add(jobId);
    this.#held -= bound;
    this.#spent += paidUnits;
  }

  /**
   * Sets aside what one more write of a job may cost, beyond what the job has paid. A job that this server did not buy has nothing set
   * aside yet. Throws `above_ceiling`.
   */
  holdWrite(jobId: string, paidUnits: bigint, writeUnits: bigint): void {
    const bound = this.#jobs.get(jobId);
    const wanted = bound === undefined ? writeUnits : paidUnits + writeUnits - bound;
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

/**
 * What an agent may spend through one `crosstown mcp`: per job, and in all. The agent has no tool that changes it. Amounts are base
 * units of the network's asset. The home's own limits and the signer's ceilings hold beside these.
 *
 * @module
 */
import { CommandError } from "../../shell/errors.ts";

/** What the person who started the server allows. */
export interface Allowance {
  /** The most that one job may cost. */
  readonly jobUnits: bigint;
  /** The most that all jobs may cost together while the server runs. */
  readonly totalUnits: bigint;
  /** A job that may cost more is first put to the person; null: none is. */
  readonly askAboveUnits: bigint | null;
}

/** What a job has cost so far. */
interface Spent {
  readonly paidUnits: bigint;
  /** It will cost no more. */
  readonly ended: boolean;
}

/** Holds the most that each job may cost, until the job has ended and its cost is known. */
export class Ceilings {
  readonly allowance: Allowance;
  readonly #format: (units: bigint) => string;
  readonly #jobs = new Map<string, bigint>();
  readonly #settled = new Set<string>();
  #spent = 0n;
  #held = 0n;

  /** `format` writes units as people read them. */
  constructor(allowance: Allowance, format: (units: bigint) => string) {
    this.allowance = allowance;
    this.#format = format;
  }

  /** What may still be promised. */
  get leftUnits(): bigint {
    const left = this.allowance.totalUnits - this.#spent - this.#held;
    return left < 0n ? 0n : left;
  }

  /** Ids of jobs whose cost is not final yet. */
  get openJobs(): readonly string[] {
    return [...this.#jobs.keys()];
  }

  /** What a job may cost at most: what was asked, or as much as is allowed. Throws `above_ceiling`. */
  boundOf(bidUnits: bigint | null): bigint {
    const { jobUnits } = this.allowance;
    const bound = bidUnits ?? (jobUnits < this.leftUnits ? jobUnits : this.leftUnits);
    if (bound > jobUnits) this.#refuse("a job", bound, jobUnits);
    if (bound > this.leftUnits || bound <= 0n) this.#refuse("what is left", bound, this.leftUnits);
    return bound;
  }

  /** Sets this much aside before a job is made. Throws `above_ceiling`. */
  hold(boundUnits: bigint): void {
    this.boundOf(boundUnits);
    this.#held += boundUnits;
  }

  /** No job came of it: nothing was spent. */
  release(boundUnits: bigint): void {
    this.#held -= boundUnits;
  }

  /** What was set aside belongs to this job now; a job that was counted before is not counted again. */
  assign(boundUnits: bigint, jobId: string): void {
    const known = this.#jobs.has(jobId) || this.#settled.has(jobId);
    if (known) return this.release(boundUnits);
    this.#jobs.set(jobId, boundUnits);
  }

  /** What a job has cost; when it has ended, the rest is free again. */
  settle(jobId: string, { paidUnits, ended }: Spent): void {
    const bound = this.#jobs.get(jobId);
    if (bound === undefined || !ended) return;
    this.#jobs.delete(jobId);
    this.#settled.add(jobId);
    this.#held -= bound;
    this.#spent += paidUnits;
  }

  /** As the tools show it. */
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

/**
 * Turns entries of the journal into lines for people: what was posted, paid, waited for and received, and what is left in the channel.
 *
 * @module
 */
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import type { JobStatus } from "../../protocols/job_status.ts";
import { failureAdvice } from "../../shell/failure_advice.ts";
import type { JournalEntry } from "../../store/journal_row.ts";
import type { EventLine, JobLine, Tone } from "./model.ts";

/** Facts that are not in the entries. */
interface Surroundings {
  readonly asset: Asset;
  /** The job's current row; null if it was removed. */
  readonly jobOf: (jobId: string) => Promise<JobLine | null>;
  /** The passed tests of its run; null if none were counted. */
  readonly testsOf: (job: JobLine) => Promise<{ passed: number; total: number } | null>;
  /** The name that a provider gives itself; null if none is known. */
  readonly nameOf: (provider: string) => Promise<string | null>;
}

/**
 * Follows the journal, whose entries come in order. The price of a write is shown when the relay shows the event. A channel's balance is
 * shown when its job has ended.
 *
 * Held: the prices of the last 256 writes, and the last balance of one channel.
 */
export class EventLines {
  readonly #known: Surroundings;
  readonly #writes = new Map<string, { bytes: number; units: bigint }>();
  #leftUnits: bigint | null = null;

  /** Starts without entries. */
  constructor(known: Surroundings) {
    this.#known = known;
  }

  /** The lines for an entry. Empty if another entry's line covers it. */
  async linesOf(entry: JournalEntry): Promise<EventLine[]> {
    const line = (text: string, tone: Tone = "plain"): EventLine => ({
      atMs: entry.atMs,
      text,
      tone,
    });
    const units = (amount: bigint | null) => formatUnits(amount ?? 0n, this.#known.asset);
    switch (entry.type) {
      case "payment":
        return this.#payment(entry, line, units);
      case "earning":
        return entry.outcome === "fulfilled" && entry.jobId !== null
          ? [line(`Earned ${units(entry.amountUnits)} with ${entry.jobId}`, "good")]
          : [];
      case "lightning":
        return lightningLines(entry, line);
      case "channel":
        return [line(channelWords(entry, units), entry.outcome === "halted" ? "bad" : "plain")];
      case "job":
        return entry.jobId === null ? [] : await this.#job(entry, entry.jobId, line, units);
      default:
        return [];
    }
  }

  #payment(
    { outcome, bytes, eventId, amountUnits, balanceUnits, jobId }: JournalEntry,
    line: (text: string, tone?: Tone) => EventLine,
    units: (amount: bigint | null) => string,
  ): EventLine[] {
    if (outcome === "refused") {
      return [line(`A payment of ${units(amountUnits)} was refused`, "warn"), ...why(jobId, line)];
    }
    if (outcome === "forfeit") {
      return [
        line(`${units(amountUnits)} are given up: nobody answered in time`, "bad"),
        ...why(jobId, line),
      ];
    }
    if (balanceUnits !== null) this.#leftUnits = balanceUnits;
    if (bytes !== null && eventId !== null) {
      this.#writes.set(eventId, { bytes, units: amountUnits ?? 0n });
      if (this.#writes.size > 256) this.#writes.delete(this.#writes.keys().next().value!);
      return [];
    }
    return jobId === null ? [] : [line(`Paid ${units(amountUnits)} for ${jobId}`)];
  }

  async #job(
    entry: JournalEntry,
    jobId: string,
    line: (text: string, tone?: Tone) => EventLine,
    units: (amount: bigint | null) => string,
  ): Promise<EventLine[]> {
    const job = await this.#known.jobOf(jobId);
    if (job === null) return [];
    const outcome = entry.outcome as JobStatus | "removed";
    if (job.role === "provider") {
      if (outcome === "processing") return [line(`Working on ${jobId}: ${job.type}`)];
      return outcome === "success" || outcome === "error"
        ? [line(`Answered ${jobId}: ${outcome}`, outcome === "success" ? "good" : "bad")]
        : [];
    }
    switch (outcome) {
      case "posted": {
        // The provider is known before its result comes, so its name is asked for early.
        if (job.provider !== null) void this.#known.nameOf(job.provider);
        const write = this.#writes.get(job.eventId);
        const price = write === undefined ? "" : ` (${write.bytes} bytes, ${units(write.units)})`;
        return [line(`Posted ${jobId}: ${job.type}${price}`), line("Waiting for result...", "dim")];
      }
      case "success": {
        const failed = (job.exitCode ?? 0) !== 0;
        const tests = await this.#known.testsOf(job);
        const counted = tests === null ? "" : ` | Tests: ${tests.passed}/${tests.total} passed`;
        const what = job.exitCode === null ? "Result" : "Build";
        return [
          line(
            `Received result for ${jobId} from ${await this.#provider(job)}`,
            failed ? "bad" : "good",
          ),
          line(
            `${what}: ${failed ? `FAILED (exit ${job.exitCode})` : "SUCCESS"}${counted}`,
            failed ? "bad" : "good",
          ),
          ...advised(job, line),
          ...this.#left(line, units),
        ];
      }
      case "processing":
        return [line(`${await this.#provider(job)} is at work on ${jobId}`, "dim")];
      case "error":
      case "refused":
      case "timeout":
      case "cancelled":
      case "unknown": {
        const why = job.errorMessage === null ? "" : `: ${job.errorMessage}`;
        return [
          line(`${jobId} ${outcome}${why}`, "bad"),
          ...advised(job, line),
          ...this.#left(line, units),
        ];
      }
      default:
        return [];
    }
  }

  /** A provider chooses its name itself, so its key is shown with it. */
  async #provider({ provider }: JobLine): Promise<string> {
    if (provider === null) return "its provider";
    const key = `${provider.slice(0, 8)}...`;
    const name = await this.#known.nameOf(provider);
    return name === null ? key : `${name} (${key})`;
  }

  #left(
    line: (text: string, tone?: Tone) => EventLine,
    units: (amount: bigint | null) => string,
  ): EventLine[] {
    if (this.#leftUnits === null) return [];
    return [line(`Payment Channel: ${units(this.#leftUnits)} remaining`)];
  }
}

/** What to do about the job, if there is something. */
function advised(job: JobLine, line: (text: string, tone?: Tone) => EventLine): EventLine[] {
  const advice = failureAdvice(job);
  return advice === null ? [] : [line(`To do: ${advice}`, "warn")];
}

/** Where the reason of a payment is. */
function why(jobId: string | null, line: (text: string, tone?: Tone) => EventLine): EventLine[] {
  const command = jobId === null ? "crosstown doctor" : `crosstown job status ${jobId}`;
  return [line(`To do: '${command}' says why`, "warn")];
}

function lightningLines(
  { outcome, amountUnits, jobId }: JournalEntry,
  line: (text: string, tone?: Tone) => EventLine,
): EventLine[] {
  const what = `${amountUnits} msats over Lightning`;
  switch (outcome) {
    case "paid":
      return [line(`Paid ${what} for ${jobId}`)];
    case "received":
      return [line(`Earned ${what} with ${jobId}`, "good")];
    case "failed":
      return [line(`A payment of ${what} failed`, "warn"), ...why(jobId, line)];
    case "unknown":
      return [line(`A payment of ${what} stays unknown`, "bad"), ...why(jobId, line)];
    default:
      return [];
  }
}

function channelWords(
  { channelId, outcome, amountUnits }: JournalEntry,
  units: (amount: bigint | null) => string,
): string {
  const amount = amountUnits === null || amountUnits === 0n ? "" : ` (${units(amountUnits)})`;
  // The chain names a channel when it is open. Until then the entry has another name, which nobody can use.
  if (outcome === "opening") return `A channel is opening${amount}`;
  return `Channel ${channelId ?? ""} ${outcome}${amount}`;
}

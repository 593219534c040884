/**
 * The demo's steps, taken from the program's log and the job's row.
 *
 * @module
 */
import { formatUnits, M2M } from "../../protocols/ilp/asset.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Log } from "../../base/log/log.ts";

/** A step and its time, in milliseconds since the demo began. */
interface Step {
  readonly name: string;
  readonly at_ms: number;
}

/** Collects the steps and prints each as it happens. */
export class DemoSteps {
  readonly #list: Step[] = [];
  readonly #clock: () => number;
  readonly #show: (text: string) => void;
  readonly #startMs: number;

  /** Starts the clock. */
  constructor(clock: () => number, show: (text: string) => void) {
    this.#clock = clock;
    this.#show = show;
    this.#startMs = clock();
  }

  /** All steps so far, in order. */
  get list(): readonly Step[] {
    return this.#list;
  }

  /** Milliseconds since the demo began. */
  get elapsedMs(): number {
    return this.#clock() - this.#startMs;
  }

  /** Adds a step of the demo itself. */
  add(name: string, words: string): void {
    const atMs = this.elapsedMs;
    this.#list.push({ name, at_ms: atMs });
    this.#show(`${(atMs / 1000).toFixed(2).padStart(6)} s  ${name.padEnd(15)}  ${words}`);
  }

  /** Turns a line of the program's log into a step, if it is one. */
  readonly log: Log = (_level, msg, fields = {}) => {
    const purpose = String(fields.obligation ?? "").split(":")[0];
    switch (msg) {
      case "event encoded":
        return this.#once(
          "encoded",
          `request is ${fields.bytes} bytes of TOON: ${m2m(fields.write_price_units)} to write it`,
        );
      case "PREPARE":
        return this.add(
          `${purpose}_prepare`,
          `PREPARE of ${
            m2m(fields.amount_units)
          } to ${fields.destination}, ${fields.bytes} bytes inside`,
        );
      case "FULFILL":
        return this.add(`${purpose}_fulfill`, `FULFILL: ${m2m(fields.amount_units)} paid`);
      case "REJECT":
        return this.add(`${purpose}_reject`, `REJECT ${fields.code}: ${fields.reason}`);
      case "event read back from the relay":
        return this.add(
          "posted",
          `the relay shows event ${String(fields.event_id).slice(0, 8)}...`,
        );
      case "feedback received":
        return this.add("feedback", `provider says ${fields.status}`);
      case "result verified":
        return this.add(
          "verified",
          `result ${
            String(fields.event_id).slice(0, 8)
          }...: id, signature, e, p, provider, kind and time are right`,
        );
    }
  };

  /** Adds a change of the job's row that is not in the log. */
  status(row: JobRow): void {
    if (row.status === "created") {
      this.add("durable", `${row.jobId} is in the store before anything leaves`);
    }
  }

  #once(name: string, words: string): void {
    if (!this.#list.some((step) => step.name === name)) this.add(name, words);
  }
}

/** Formats base units from the log. The demo's network counts in M2M. */
function m2m(units: unknown): string {
  return formatUnits(BigInt(String(units)), M2M);
}

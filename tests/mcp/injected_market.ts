import assert from "node:assert/strict";
import { command as job } from "../../commands/job.ts";
import type { CommandSpec } from "../../shell/command.ts";
import { parseAmount } from "../../shell/amount.ts";
import { CommandError } from "../../shell/errors.ts";

export const ASSET = { code: "M2M", scale: 6, unit: "M2M" } as never;
export const JOB_UNITS = 200_000n;
export const TOTAL_UNITS = 1_000_000n;
export const ASK_ABOVE_UNITS = 150_000n;
export const WRITE_UNITS = 5_000n;

interface Bought {
  bidUnits: bigint;
  paidUnits: bigint;
  status: string;
  /** The rest of a job that ended, for the key to its result; 0 when it was paid. */
  restUnits: bigint;
}

/** The home's side: the program reads the commands' real flags, and the market takes the maximum. */
export class Market {
  readonly jobs = new Map<string, Bought>();
  /** What the home paid in all. */
  paidUnits = 0n;
  toppedUp = 0;
  keys = 0;
  readonly #next: () => number;

  constructor(next: () => number) {
    this.#next = next;
  }

  readonly commands: readonly CommandSpec[] = [{
    ...job,
    commands: job.commands!.map((spec) => ({ ...spec, run: RUNS[spec.name]?.(this) ?? REFUSES })),
  }, {
    name: "channel",
    summary: "",
    commands: [{
      name: "list",
      summary: "",
      run: async ({ output }) => await output.document("channel-list", { channels: [] }, ""),
    }],
  }];

  pay(bought: Bought, units: bigint): void {
    bought.paidUnits += units;
    this.paidUnits += units;
  }

  buy(bidUnits: bigint): string {
    const id = `job-${this.jobs.size.toString(16).padStart(7, "0")}`;
    const bought = { bidUnits, paidUnits: 0n, status: "processing", restUnits: 0n };
    this.jobs.set(id, bought);
    this.pay(bought, bidUnits);
    const roll = this.#next() % 4;
    if (roll === 0) bought.status = "success";
    if (roll === 1) {
      bought.status = "error";
      bought.restUnits = 30_000n;
    }
    // Paid, and the command does not live to say so.
    if (roll === 2 && this.#next() % 8 === 0) throw new Error("the process ended");
    return id;
  }

  documentOf(id: string) {
    const { status, paidUnits } = this.jobs.get(id)!;
    const paid = { write_units: String(WRITE_UNITS), job_units: String(paidUnits - WRITE_UNITS) };
    return { job_id: id, status, paid, paid_units: String(paidUnits) };
  }

  /** Pays what the bid still allows. */
  payAll(bought: Bought): void {
    if (bought.bidUnits > bought.paidUnits) this.pay(bought, bought.bidUnits - bought.paidUnits);
  }

  meterOf(id: string, mostUnits: bigint) {
    return { job_id: id, state: "running", most_units: String(mostUnits) };
  }

  running(given: string): string {
    const id = this.find(given);
    if (this.jobs.get(id)!.status === "processing") return id;
    throw new CommandError("job_over", "it has ended", "-");
  }

  find(id: string): string {
    if (this.jobs.has(id)) return id;
    throw new CommandError("not_found", "there is no such job", "see 'crosstown job list'");
  }
}

type Run = NonNullable<CommandSpec["run"]>;
const REFUSES: Run = () => Promise.resolve(1);

export const RUNS: Readonly<Record<string, (market: Market) => Run>> = {
  submit: (market) => async ({ options, globals, output }) => {
    const bid = parseAmount(options.required("bid"), ASSET);
    assert.equal(bid.rail, "m2m");
    const units = (bid as { readonly units: bigint }).units;
    if (globals.dryRun) {
      await output.document("job-plan", { dry_run: true, total_units: units }, "");
    } else await output.document("job", market.documentOf(market.buy(units)), "");
  },
  status: (market) => async ({ args, output }) =>
    await output.document("job", market.documentOf(market.find(args.required("id"))), ""),
  wait: (market) => async ({ args, output }) => {
    const id = market.find(args.list("id")[0] ?? args.required("id"));
    await output.document("job", market.documentOf(id), "");
  },
  cancel: (market) => async ({ args, output }) => {
    const id = market.find(args.required("id"));
    const bought = market.jobs.get(id)!;
    if (bought.status !== "processing") throw new CommandError("job_over", "it has ended", "-");
    bought.status = "cancelled";
    // One byte longer than the request.
    market.pay(bought, WRITE_UNITS + 10n);
    const document = { ...market.documentOf(id), provider_told: "told" };
    await output.document("job-cancel", document, "");
  },
  pause: (market) => async ({ args, output }) => {
    const id = market.find(args.required("id"));
    await output.document("job-meter", market.meterOf(id, 0n), "");
  },
  // A job that goes on costs all that its bid allows.
  resume: (market) => async ({ args, globals, output }) => {
    const id = market.running(args.required("id"));
    const bought = market.jobs.get(id)!;
    if (!globals.dryRun) market.payAll(bought);
    await output.document("job-meter", market.meterOf(id, bought.bidUnits), "");
  },
  "top-up": (market) => async ({ args, options, globals, output }) => {
    const id = market.running(args.required("id"));
    const bought = market.jobs.get(id)!;
    const bid = parseAmount(options.required("bid"), ASSET);
    const units = (bid as { readonly units: bigint }).units;
    if (units <= bought.bidUnits) throw new CommandError("bid_too_low", "it may cost that", "-");
    if (!globals.dryRun) {
      bought.bidUnits = units;
      market.payAll(bought);
      market.toppedUp++;
    }
    await output.document("job-meter", market.meterOf(id, units), "");
  },
  pay: (market) => async ({ args, globals, output }) => {
    const id = market.find(args.required("id"));
    const bought = market.jobs.get(id)!;
    const { restUnits } = bought;
    if (restUnits === 0n) throw new CommandError("not_sealed", "there is nothing to pay", "-");
    if (!globals.dryRun) {
      bought.restUnits = 0n;
      // Others of the eight look at the job meanwhile.
      for (let turns = 0; turns < 20; turns++) await Promise.resolve();
      market.pay(bought, restUnits);
      market.keys++;
    }
    const document = { ...market.documentOf(id), rest_units: String(restUnits) };
    await output.document("job-pay", document, "");
  },
  list: (market) => async ({ output }) =>
    await output.document("job-list", { jobs: [...market.jobs.keys()] }, ""),
};

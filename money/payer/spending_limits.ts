/**
 * What may be paid for one job in all, and to one provider a day (docs/limits.md). Held right before a packet is signed,
 * against sums that the store keeps with the packets, so that a restart, a retry or a second channel gives nothing back.
 *
 * @module
 */
import { type Asset, formatUnits, UNITS, wholeUnits } from "../../protocols/ilp/asset.ts";
import type { Budgets, DuePayment } from "../../store/budget_row.ts";
import type { Store } from "../../store/store.ts";
import { type Refused, refusedHere } from "../claims/outcome.ts";
import type { PayRequest } from "./payment_entry.ts";

/** The limits, in base units. */
export interface SpendingLimits {
  /** All packets of one job: the write of its request, the payment of its provider, and what retries lose. */
  readonly jobUnits: bigint;
  /** All that the jobs of one provider are paid in a day (UTC). */
  readonly providerDayUnits: bigint;
  /** W, the most that is at risk at once, and so the most of one payment; one whole one of the asset unless told. */
  readonly windowUnits?: bigint;
  /** What refusals tell amounts in; base units as such unless told. */
  readonly asset?: Asset;
}

/** How far a home signs ahead of what the other side has shown for it (docs/money.md#window). */
export function windowOf({ windowUnits, asset = UNITS }: Partial<SpendingLimits>): bigint {
  return windowUnits ?? wholeUnits(asset);
}

/** What a limit counts of a payment. */
type Counted = Pick<PayRequest, "amount" | "about" | "obligation">;

/** Holds the limits of one home, over all its channels. */
export class SpendingGuard {
  #last: Promise<unknown> = Promise.resolve();

  /** Over the home's store. */
  constructor(
    readonly limits: SpendingLimits,
    readonly store: Pick<Store, "budgets">,
  ) {}

  /** Reading the sums, signing and committing are one step: two channels at once would each spend what is left. */
  exclusive<Result>(step: () => Promise<Result>): Promise<Result> {
    const mine = this.#last.then(step);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  /** What is left for these payments; signed from within {@link exclusive}. */
  async allowance(requests: readonly Counted[], nowMs: number): Promise<Allowance> {
    const jobs = names(requests, ({ about }) => about?.jobId);
    const providers = names(requests, ({ about }) => about?.provider);
    const spent = jobs.length + providers.length === 0
      ? { jobs: {}, providers: {}, due: {}, reserved: {} }
      : await this.store.budgets({ jobs, providers, nowMs });
    return new Allowance(this.limits, spent);
  }

  /** Why this payment would be above a limit as things stand; null where it is not. */
  async refusal(request: Counted, nowMs: number): Promise<Refused | null> {
    return (await this.allowance([request], nowMs)).over(request);
  }
}

/**
 * What the limits leave for some payments. The write of a job's request must also leave room for the payment of the job's provider: a
 * job that could not be paid then pays for no write. From then on the provider's payment is reserved, and counts against other payments.
 */
class Allowance {
  readonly #jobs: Map<string, bigint>;
  readonly #providers: Map<string, bigint>;
  readonly #reserved: Map<string, bigint>;

  /** `spent` are the sums of every job and provider that will be asked about. */
  constructor(readonly limits: SpendingLimits, readonly spent: Budgets) {
    this.#jobs = new Map(Object.entries(spent.jobs));
    this.#providers = new Map(Object.entries(spent.providers));
    this.#reserved = new Map(Object.entries(spent.reserved));
  }

  /** Whether the sums of this payment are known here. */
  covers({ about }: Counted): boolean {
    return (!about?.jobId || this.#jobs.has(about.jobId)) &&
      (!about?.provider || this.#providers.has(about.provider));
  }

  /** Why a payment is above a limit; null where it is not. */
  over(request: Counted): Refused | null {
    const { amount, about } = request;
    const job = about?.jobId ?? null;
    const due = this.#duePayment(request);
    const jobUnits = job === null ? 0n : (this.#jobs.get(job) ?? 0n) + amount + (due?.units ?? 0n);
    const text = (units: bigint) => formatUnits(units, this.limits.asset ?? UNITS);
    if (jobUnits > this.limits.jobUnits) {
      return refusedHere(
        "ceiling",
        `${job} would cost ${text(jobUnits)} in all, above the limit of ${
          text(this.limits.jobUnits)
        } for a job`,
      );
    }
    const provider = about?.provider ?? due?.provider ?? null;
    if (provider === null) return null;
    const paid = this.#providers.get(provider) ?? 0n;
    const others = this.#ownPlace(request) === null ? this.#reserved.get(provider) ?? 0n : 0n;
    const units = due?.units ?? amount;
    if (paid + others + units <= this.limits.providerDayUnits) return null;
    return refusedHere("ceiling", aboveProviderLimit(provider, paid, units, this.limits, others));
  }

  /** The payment is about to be signed. */
  take(request: Counted): void {
    const { amount, about } = request;
    const due = this.#duePayment(request);
    const place = this.#ownPlace(request);
    if (about?.jobId) add(this.#jobs, about.jobId, amount);
    if (about?.provider) add(this.#providers, about.provider, amount);
    if (due !== null) add(this.#reserved, due.provider, due.units);
    if (place !== null) add(this.#reserved, place.provider, -place.units);
  }

  /** What the job pays its provider once this write of its request is done; null for every other payment. */
  #duePayment({ about, obligation }: Counted): DuePayment | null {
    const due = this.spent.due[about?.jobId ?? ""];
    return due !== undefined && obligation === `write:${due.eventId}` ? due : null;
  }

  /** The place that this payment of a provider has already; null where it has none. */
  #ownPlace({ about, obligation }: Counted): DuePayment | null {
    const due = this.spent.due[about?.jobId ?? ""];
    return due?.isReserved && obligation === `job:${due.eventId}` ? due : null;
  }
}

/** How a provider's limit is told; `reservedUnits` is what jobs that are under way have yet to pay it. */
export function aboveProviderLimit(
  provider: string,
  paidUnits: bigint,
  moreUnits: bigint,
  { providerDayUnits, asset = UNITS }: Pick<SpendingLimits, "providerDayUnits" | "asset">,
  reservedUnits = 0n,
): string {
  const reserved = reservedUnits === 0n
    ? ""
    : ` and ${formatUnits(reservedUnits, asset)} are kept for it`;
  return `provider ${provider.slice(0, 8)}... was paid ${
    formatUnits(paidUnits, asset)
  } today${reserved}; ${formatUnits(moreUnits, asset)} more are above the limit of ${
    formatUnits(providerDayUnits, asset)
  } a day`;
}

function names(
  requests: readonly Counted[],
  of: (request: Counted) => string | null | undefined,
): string[] {
  return [...new Set(requests.map(of).filter((name) => typeof name === "string"))];
}

function add(sums: Map<string, bigint>, name: string, units: bigint): void {
  sums.set(name, (sums.get(name) ?? 0n) + units);
}

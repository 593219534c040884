/**
 * What may be paid for one job in all, and to one provider a day (docs/limits.md). Held right before a packet is signed,
 * against sums that the store keeps with the packets, so that a restart, a retry or a second channel gives nothing back.
 *
 * @module
 */
import { type Asset, formatUnits, UNITS } from "../../protocols/ilp/asset.ts";
import type { Budgets, Store } from "../../store/store.ts";
import { type Refused, refusedHere } from "../claims/outcome.ts";
import type { PayRequest } from "./payment_entry.ts";

/** The limits, in base units. */
export interface SpendingLimits {
  /** All packets of one job: the write of its request, the payment of its provider, and what retries lose. */
  readonly jobUnits: bigint;
  /** All that the jobs of one provider are paid in a day (UTC). */
  readonly providerDayUnits: bigint;
  /** What refusals tell amounts in; base units as such unless told. */
  readonly asset?: Asset;
}

/** What a limit counts of a payment. */
type Counted = Pick<PayRequest, "amount" | "about">;

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
      ? { jobs: {}, providers: {} }
      : await this.store.budgets({ jobs, providers, nowMs });
    return new Allowance(this.limits, spent);
  }

  /** Why this payment would be above a limit as things stand; null where it is not. */
  async refusal(request: Counted, nowMs: number): Promise<Refused | null> {
    return (await this.allowance([request], nowMs)).over(request);
  }
}

/** What is left for some payments, less what was taken. */
class Allowance {
  readonly #jobs: Map<string, bigint>;
  readonly #providers: Map<string, bigint>;

  /** `spent` are the sums of every job and provider that will be asked about. */
  constructor(readonly limits: SpendingLimits, spent: Budgets) {
    this.#jobs = new Map(Object.entries(spent.jobs));
    this.#providers = new Map(Object.entries(spent.providers));
  }

  /** Whether the sums of this payment are known here. */
  covers({ about }: Counted): boolean {
    return (!about?.jobId || this.#jobs.has(about.jobId)) &&
      (!about?.provider || this.#providers.has(about.provider));
  }

  /** Why a payment is above a limit; null where it is not. */
  over({ amount, about }: Counted): Refused | null {
    const job = about?.jobId ?? null;
    const provider = about?.provider ?? null;
    const jobUnits = job === null ? 0n : (this.#jobs.get(job) ?? 0n) + amount;
    const text = (units: bigint) => formatUnits(units, this.limits.asset ?? UNITS);
    if (jobUnits > this.limits.jobUnits) {
      return refusedHere(
        "ceiling",
        `${job} would cost ${text(jobUnits)} in all, above the limit of ${
          text(this.limits.jobUnits)
        } for a job`,
      );
    }
    const paid = provider === null ? 0n : this.#providers.get(provider) ?? 0n;
    if (provider === null || paid + amount <= this.limits.providerDayUnits) return null;
    return refusedHere("ceiling", aboveProviderLimit(provider, paid, amount, this.limits));
  }

  /** The payment is about to be signed. */
  take({ amount, about }: Counted): void {
    if (about?.jobId) add(this.#jobs, about.jobId, amount);
    if (about?.provider) add(this.#providers, about.provider, amount);
  }
}

/** How a provider's limit is told. */
export function aboveProviderLimit(
  provider: string,
  paidUnits: bigint,
  moreUnits: bigint,
  { providerDayUnits, asset = UNITS }: Pick<SpendingLimits, "providerDayUnits" | "asset">,
): string {
  return `provider ${provider.slice(0, 8)}... was paid ${formatUnits(paidUnits, asset)} today; ${
    formatUnits(moreUnits, asset)
  } more are above the limit of ${formatUnits(providerDayUnits, asset)} a day`;
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

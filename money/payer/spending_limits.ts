/**
 * The limits of what may be paid for one job in all, and to one provider in a day (docs/limits.md). They are checked right before a packet
 * is signed, against sums that the store keeps with the packets. So a restart, a retry or a second channel does not reset them.
 *
 * @module
 */
import { type Asset, formatUnits, UNITS, wholeUnits } from "../../protocols/ilp/asset.ts";
import type { Budgets, DuePayment } from "../../store/budget_row.ts";
import type { Store } from "../../store/store.ts";
import { type Refused, refusedHere } from "../claims/outcome.ts";
import type { PayRequest } from "./payment_entry.ts";
import { STRANGERS } from "../../protocols/failure_codes.ts";
import { aboveStrangersLimit, StrangersRoom } from "./strangers_room.ts";

/** The limits, in base units. */
export interface SpendingLimits {
  /** For all packets of one job: the write of its request, the payment of its provider, and what retries lose. */
  readonly jobUnits: bigint;
  /** For everything that the jobs of one provider are paid in a day (UTC). */
  readonly providerDayUnits: bigint;
  /** For what all providers together are paid before the result, above what each delivered, in a day (UTC). Default: no limit. */
  readonly strangersDayUnits?: bigint;
  /** The window: the most that is at risk at once, and so also the most of one payment. Default: one whole unit of the asset. */
  readonly windowUnits?: bigint;
  /** The asset in which refusals name amounts. Default: base units. */
  readonly asset?: Asset;
}

/** How much a home signs beyond what the other side has spent (docs/money.md#window). */
export function windowOf({ windowUnits, asset = UNITS }: Partial<SpendingLimits>): bigint {
  return windowUnits ?? wholeUnits(asset);
}

/** The fields of a payment that a limit counts. */
type Counted = Pick<PayRequest, "amount" | "about" | "obligation">;

/** Enforces the limits of one home, over all its channels. */
export class SpendingGuard {
  #last: Promise<unknown> = Promise.resolve();
  #limits: SpendingLimits;

  /** A guard over the home's store, with the limits at the start. */
  constructor(limits: SpendingLimits, readonly store: Pick<Store, "budgets">) {
    this.#limits = limits;
  }

  /** The limits now. */
  get limits(): SpendingLimits {
    return this.#limits;
  }

  /**
   * Changes the limits between two steps of {@link exclusive}. Payments of a step that has begun are signed within the limits that it began
   * with; every later payment within the new ones.
   */
  change(
    limits: Pick<
      SpendingLimits,
      "jobUnits" | "providerDayUnits" | "strangersDayUnits" | "windowUnits"
    >,
  ): Promise<void> {
    return this.exclusive(() => {
      this.#limits = { ...this.#limits, ...limits };
      return Promise.resolve();
    });
  }

  /**
   * Runs the steps one after the other. Reading the sums, signing and committing must be one step, because two channels at once would each
   * spend what is left.
   */
  exclusive<Result>(step: () => Promise<Result>): Promise<Result> {
    const mine = this.#last.then(step);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  /** What is left for these payments. They must be signed within {@link exclusive}. */
  async allowance(requests: readonly Counted[], nowMs: number): Promise<Allowance> {
    const jobs = names(requests, ({ about }) => about?.jobId);
    const providers = names(requests, ({ about }) => about?.provider);
    const spent = jobs.length + providers.length === 0
      ? { jobs: {}, providers: {}, due: {}, reserved: {}, histories: {}, strangersUnits: 0n }
      : await this.store.budgets({ jobs, providers, nowMs });
    return new Allowance(this.limits, spent);
  }

  /** Why this payment would exceed a limit now. Null if it would not. */
  async refusal(request: Counted, nowMs: number): Promise<Refused | null> {
    return (await this.allowance([request], nowMs)).over(request);
  }
}

/**
 * What the limits leave for some payments. The write of a job's request must leave room for the payment of the job's provider. Otherwise a
 * write would be paid for a job that cannot be paid. After the write, the provider's payment is reserved and counts against other payments.
 */
class Allowance {
  readonly #jobs: Map<string, bigint>;
  readonly #providers: Map<string, bigint>;
  readonly #reserved: Map<string, bigint>;
  readonly #strangers: StrangersRoom;

  /** `spent` contains the sums of every job and provider that will be asked about. */
  constructor(readonly limits: SpendingLimits, readonly spent: Budgets) {
    this.#jobs = new Map(Object.entries(spent.jobs));
    this.#providers = new Map(Object.entries(spent.providers));
    this.#reserved = new Map(Object.entries(spent.reserved));
    this.#strangers = new StrangersRoom(limits.strangersDayUnits, spent);
  }

  /** Whether the sums of this payment are known here. */
  covers({ about }: Counted): boolean {
    return (!about?.jobId || this.#jobs.has(about.jobId)) &&
      (!about?.provider || this.#providers.has(about.provider));
  }

  /** Why a payment exceeds a limit. Null if it does not. */
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
    if (paid + others + units > this.limits.providerDayUnits) {
      return refusedHere("ceiling", aboveProviderLimit(provider, paid, units, this.limits, others));
    }
    // A key is paid when the result is there, and an increment when the one before is used up.
    if (due === null && !isUpfront(request)) return null;
    const place = this.#ownPlace(request);
    const over = this.#strangers.over(provider, units, place?.units ?? 0n);
    return over === null
      ? null
      : refusedHere(STRANGERS, aboveStrangersLimit(provider, over, this.limits));
  }

  /** Counts a payment that is about to be signed. */
  take(request: Counted): void {
    const { amount, about } = request;
    const due = this.#duePayment(request);
    const place = this.#ownPlace(request);
    if (about?.jobId) add(this.#jobs, about.jobId, amount);
    if (about?.provider) add(this.#providers, about.provider, amount);
    if (due !== null) add(this.#reserved, due.provider, due.units);
    if (place !== null) add(this.#reserved, place.provider, -place.units);
    if (due !== null) this.#strangers.reserve(due.provider, due.units);
    if (about?.provider && isUpfront(request)) {
      this.#strangers.pay(about.provider, amount, place?.units ?? 0n);
    }
  }

  /** The payment of the provider that follows this write of a job's request. Null for every other payment. */
  #duePayment({ about, obligation }: Counted): DuePayment | null {
    const due = this.spent.due[about?.jobId ?? ""];
    return due !== undefined && obligation === `write:${due.eventId}` ? due : null;
  }

  /** The reservation for this payment of a provider. Null if there is none. */
  #ownPlace({ about, obligation }: Counted): DuePayment | null {
    const due = this.spent.due[about?.jobId ?? ""];
    return due?.isReserved && obligation === `job:${due.eventId}` ? due : null;
  }
}

/** Whether the provider is paid before its result is there. */
function isUpfront({ obligation }: Counted): boolean {
  return obligation.startsWith("job:");
}

/** The message about a provider's limit. `reservedUnits` is what running jobs will still pay it. */
export function aboveProviderLimit(
  provider: string,
  paidUnits: bigint,
  moreUnits: bigint,
  { providerDayUnits, asset = UNITS }: Pick<SpendingLimits, "providerDayUnits" | "asset">,
  reservedUnits = 0n,
): string {
  const reserved = reservedUnits === 0n
    ? ""
    : ` and ${formatUnits(reservedUnits, asset)} are reserved for it`;
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

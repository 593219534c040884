/**
 * The one sequence in which a channel's claims are signed (docs/money.md#packets P1). Payments are signed in their order of arrival, only
 * if the window has room and the socket accepts more. All packets that were signed together share a commit.
 *
 * Before the first signature on figures from the store, the signer is asked for its last claim. A crash between a signature and its commit
 * leaves a claim that only the signer knows. It was never sent, so signing continues above it.
 *
 * @module
 */
import { MAX_NONCE_AHEAD } from "../../protocols/evm/claim.ts";
import { aboveCeilingText } from "../signer/above_ceiling.ts";
import { SignerError } from "../signer/signer_error.ts";
import { codeText } from "../../base/thrown.ts";
import type { OutgoingPacketRow } from "../../store/store.ts";
import type { IssuedClaims } from "./claim_source.ts";
import { type PacketOutcome, type Refused, refusedHere } from "../claims/outcome.ts";
import type { PacketSender } from "./packet_sender.ts";
import type { PayerDeps, PayerOptions } from "./payer_options.ts";
import type { PaymentEntry } from "./payment_entry.ts";
import { coveredFigures } from "./covered_figures.ts";
import { planBatch } from "./plan_batch.ts";
import { type PlannedPacket, signedRow } from "./planned_packet.ts";
import type { PayerLedger, PayerLimits } from "./payer_ledger.ts";

/** The pause before the chain is asked again after a failure, in milliseconds. */
const FACTS_RETRY_MS = 1_000;

/** The result of one attempt to sign. */
interface Signed {
  readonly signed: ReadonlyMap<PaymentEntry, OutgoingPacketRow>;
  readonly snapshot: IssuedClaims["snapshot"];
  /** The first payment in the queue waits for an open packet to close. */
  readonly stuck: boolean;
}

/** Signs the waiting payments. */
export class PayerSequencer {
  readonly #limits: PayerLimits;
  readonly #queueLimit: number;
  readonly #queue: PaymentEntry[] = [];
  #running = false;
  #wanted = false;
  #closed = false;
  /** The ledger that was compared with the signer's last claim. */
  #agreed: PayerLedger | null = null;
  #cancelRetry: (() => void) | null = null;

  /** `onDone` is called for payments that were refused here. */
  constructor(
    options: PayerOptions,
    readonly deps: PayerDeps,
    readonly packetSender: PacketSender,
    readonly events: { onDone(entry: PaymentEntry, outcome: PacketOutcome): void },
  ) {
    this.#limits = {
      windowPackets: options.windowPackets ?? 64,
      windowUnits: options.windowUnits ?? 1_000_000n,
    };
    this.#queueLimit = options.queueLimit ?? 1_024;
  }

  /** The number of payments that are not signed yet. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Adds a payment to the queue. Returns the refusal if that is not possible. */
  enqueue(entry: PaymentEntry): Refused | null {
    if (this.#closed) return refusedHere("closed", "The payer is closed: nothing was sent");
    const { halted } = this.packetSender;
    if (halted !== null) return refusedHere("halted", `The channel is halted: ${halted}`);
    if (this.#queue.length >= this.#queueLimit) {
      return refusedHere("queue_full", `${this.#queueLimit} payments wait already`);
    }
    entry.stage = "queued";
    this.#queue.push(entry);
    this.pump();
    return null;
  }

  /** The window may have been lowered since the start. */
  #limitsNow(): PayerLimits {
    const { windowUnits } = this.#limits;
    const now = this.deps.spending?.limits.windowUnits ?? windowUnits;
    return now < windowUnits ? { ...this.#limits, windowUnits: now } : this.#limits;
  }

  /** Removes a payment that is not being signed. */
  withdraw(entry: PaymentEntry): void {
    const at = this.#queue.indexOf(entry);
    if (at >= 0) this.#queue.splice(at, 1);
  }

  /** Whether this amount fits now, or will fit when open packets are closed. */
  async canPay(amount: bigint): Promise<boolean> {
    const { halted, ledger } = this.packetSender;
    if (halted !== null || this.#closed || this.#queue.length >= this.#queueLimit) return false;
    const capacity = await this.deps.claims.capacity();
    return capacity.open &&
      ledger.fit(amount, capacity.depositUnits, this.#limitsNow()).fit !== "never";
  }

  /** Signs what can be signed. It is called after every change that may have made room. */
  pump(): void {
    this.#wanted = true;
    if (this.#running || this.#closed) return;
    this.#running = true;
    void this.#drive();
  }

  /** Stops signing. */
  close(): void {
    this.#closed = true;
    this.#cancelRetry?.();
    this.#queue.length = 0;
  }

  async #drive(): Promise<void> {
    try {
      while (this.#wanted && !this.#closed) {
        this.#wanted = false;
        await this.#run();
      }
    } catch (error) {
      this.deps.log("error", "payer cannot sign", {
        channel: this.packetSender.ledger.channelId,
        code: codeText(error),
      });
      this.#cancelRetry?.();
      this.#cancelRetry = this.deps.timers.after(FACTS_RETRY_MS, () => this.pump());
    } finally {
      this.#running = false;
      if (this.#wanted && this.#cancelRetry === null) this.pump();
    }
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0 && !this.#closed) {
      const { halted, link } = this.packetSender;
      if (halted !== null) return this.#refuseAll("halted", `The channel is halted: ${halted}`);
      if (link === null) return;
      const full = link.writable();
      if (full !== null) {
        await full;
        continue;
      }
      const capacity = await this.deps.claims.capacity();
      this.#cancelRetry?.();
      this.#cancelRetry = null;
      if (!capacity.open) return this.#refuseAll("channel_closed", "The channel is not open");
      const { ledger } = this.packetSender;
      if (!await this.#agree(ledger)) continue;
      const round = () => this.#round(ledger, capacity.depositUnits);
      const { stuck } = await (this.deps.spending?.exclusive(round) ?? round());
      if (stuck) return;
    }
  }

  /** Signs the payments that fit, and commits them. */
  async #round(ledger: PayerLedger, depositUnits: bigint | null): Promise<Pick<Signed, "stuck">> {
    const { signed, snapshot, stuck } = await this.#sign(ledger, depositUnits);
    if (!this.packetSender.holds(ledger)) this.#dropAll(signed.keys());
    else if (signed.size > 0) {
      for (const entry of signed.keys()) entry.stage = "open";
      await this.packetSender.dispatch([...signed.values()], snapshot);
    }
    return { stuck };
  }

  /** Raises the figures above the signer's last claim. False if nothing may be signed on them. */
  async #agree(ledger: PayerLedger): Promise<boolean> {
    if (this.#agreed === ledger) return true;
    const last = await this.deps.claims.lastClaim();
    if (last !== null) {
      const { nonce } = ledger;
      if (last.nonce > nonce + MAX_NONCE_AHEAD) {
        this.packetSender.halt(
          `the signer signed nonce ${last.nonce}, the highest known is ${nonce}`,
        );
        return false;
      }
      ledger.goAbove(last.nonce, last.cumulative);
      if (ledger.nonce > nonce) {
        const { channelId } = ledger;
        this.deps.log("warn", "a claim that was never sent is skipped", {
          channel: channelId,
          nonce: last.nonce,
        });
      }
    }
    this.#agreed = ledger;
    return true;
  }

  /** The store failed between signature and commit. None of these packets was sent. */
  #dropAll(entries: Iterable<PaymentEntry>): void {
    const refused = refusedHere("store", "The store failed: nothing was sent");
    for (const entry of entries) this.events.onDone(entry, refused);
  }

  async #sign(ledger: PayerLedger, depositUnits: bigint | null): Promise<Signed> {
    const signed = new Map<PaymentEntry, OutgoingPacketRow>();
    const { planned, stuck } = await planBatch({
      queue: this.#queue,
      ledger,
      depositUnits,
      limits: this.#limitsNow(),
      deps: this.deps,
      sender: this.packetSender,
      onDone: (entry, outcome) => this.events.onDone(entry, outcome),
      unheard: (error) => this.#unheard(error),
    });
    if (planned.length === 0) return { signed, snapshot: null, stuck };
    if (this.packetSender.halted !== null) {
      this.#putBack(planned);
      return { signed, snapshot: null, stuck: false };
    }
    let issued: IssuedClaims;
    try {
      const { covers } = this.packetSender.outcomes;
      issued = await this.deps.claims.issue(coveredFigures(planned, covers));
    } catch (error) {
      const refused = this.#noClaims(ledger, planned.length, error);
      for (const { entry } of planned) this.events.onDone(entry, refused);
      return { signed, snapshot: null, stuck: false };
    }
    for (const [at, claim] of issued.claims.entries()) {
      const packet = signedRow(ledger.channelId, planned[at], claim);
      ledger.issue(packet);
      signed.set(planned[at].entry, packet);
    }
    const rest = planned.slice(signed.size);
    if (issued.refusal !== null && rest.length > 0) {
      const refused = await this.#notSigned(ledger, issued.refusal);
      if (refused !== "again") this.events.onDone(rest.shift()!.entry, refused);
    }
    this.#putBack(rest);
    return { signed, snapshot: issued.snapshot, stuck: false };
  }

  /** Puts payments back at the head of the queue, in their order. */
  #putBack(planned: readonly PlannedPacket[]): void {
    for (const { entry } of planned) entry.stage = "queued";
    this.#queue.unshift(...planned.map(({ entry }) => entry));
  }

  /** The refusal after the signer threw for a whole batch. */
  #noClaims(ledger: PayerLedger, count: number, error: unknown): Refused {
    // The signer itself reported that it signed nothing.
    if (error instanceof SignerError) return refusedHere("signer", error.message);
    // The signer may have signed without our knowledge, so these nonces are never used again.
    for (let at = 0; at < count; at++) ledger.skipNonce();
    return this.#unheard(error);
  }

  /**
   * The outcome of a payment that the signer refused. `again` means that the signer's last claim was higher than known, and signing is
   * tried again above it.
   */
  async #notSigned(
    ledger: PayerLedger,
    { code, message, above = null }: NonNullable<IssuedClaims["refusal"]>,
  ): Promise<Refused | "again"> {
    switch (code) {
      case "ceiling":
        return refusedHere(
          "ceiling",
          above === null ? message : aboveCeilingText(above, this.deps.spending?.limits.asset),
        );
      case "nonce": {
        const { nonce } = ledger;
        this.#agreed = null;
        try {
          if (await this.#agree(ledger) && ledger.nonce > nonce) return "again";
        } catch (unheard) {
          return this.#unheard(unheard);
        }
        break;
      }
      case "snapshot":
        break;
      default:
        return refusedHere("signer", message);
    }
    this.packetSender.halt(`the signer refused the nonce: ${message}`);
    return refusedHere("halted", message);
  }

  /** The signer did not answer. It is asked for its last claim before it signs again. */
  #unheard(error: unknown): Refused {
    this.#agreed = null;
    return refusedHere("signer", `The signer did not answer: ${codeText(error)}`);
  }

  #refuseAll(code: string, message: string): void {
    for (const entry of this.#queue.splice(0)) {
      this.events.onDone(entry, refusedHere(code, message));
    }
  }
}

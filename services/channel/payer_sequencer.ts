/**
 * The one sequence in which a channel's claims are signed (MONEY P1): first come, first signed, only when a window slot is free
 * and the socket takes more; all that were signed meanwhile share a commit.
 *
 * Before the first signature on figures that were read from the store, the signer is asked what it signed last: a crash between a
 * signature and its commit leaves a claim that only the signer knows. It never left, so signing goes on above it.
 *
 * @module
 */
import type { OutgoingPacketRow } from "../store/store.ts";
import type { IssuedClaim } from "./claim_source.ts";
import { type PacketOutcome, type Refused, refusedHere } from "./outcome.ts";
import type { PacketCourier } from "./packet_courier.ts";
import type { PayerDeps, PayerOptions } from "./payer_options.ts";
import type { PaymentEntry } from "./payment_entry.ts";
import type { PayerLedger, PayerLimits } from "./payer_ledger.ts";

/** Claims of one commit. The receiver works on one batch while the next is signed. */
const BATCH = 16;
const DEFAULT_EXPIRES_IN_MS = 30_000;
/** How soon a failed look at the chain is tried again. */
const FACTS_RETRY_MS = 1_000;
/** Receivers refuse a nonce further ahead. */
const MAX_NONCE_STEP = 2 ** 20;

/** What came of one try to sign. */
type Issued =
  | { readonly packet: OutgoingPacketRow; readonly snapshot: IssuedClaim["snapshot"] }
  | { readonly refused: Refused }
  /** The signer stands further than we knew: the payment is tried again above that. */
  | "again";

/** Signs what waits. */
export class PayerSequencer {
  readonly #limits: PayerLimits;
  readonly #queueLimit: number;
  readonly #queue: PaymentEntry[] = [];
  #running = false;
  #wanted = false;
  #closed = false;
  /** The figures that were compared with the signer's. */
  #agreed: PayerLedger | null = null;
  #cancelRetry: (() => void) | null = null;

  /** `onDone` is told of payments that were refused here. */
  constructor(
    options: PayerOptions,
    readonly deps: PayerDeps,
    readonly courier: PacketCourier,
    readonly events: { onDone(entry: PaymentEntry, outcome: PacketOutcome): void },
  ) {
    this.#limits = {
      windowPackets: options.windowPackets ?? 64,
      windowUnits: options.windowUnits ?? 1_000_000n,
    };
    this.#queueLimit = options.queueLimit ?? 1_024;
  }

  /** Payments not signed yet. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Takes a payment into the queue, or says why not. */
  enqueue(entry: PaymentEntry): Refused | null {
    if (this.#closed) return refusedHere("closed", "The payer is closed: nothing was sent");
    const { halted } = this.courier;
    if (halted !== null) return refusedHere("halted", `The channel is halted: ${halted}`);
    if (this.#queue.length >= this.#queueLimit) {
      return refusedHere("queue_full", `${this.#queueLimit} payments wait already`);
    }
    entry.stage = "queued";
    this.#queue.push(entry);
    this.pump();
    return null;
  }

  /** Takes a payment out that is not being signed. */
  withdraw(entry: PaymentEntry): void {
    const at = this.#queue.indexOf(entry);
    if (at >= 0) this.#queue.splice(at, 1);
  }

  /** Whether this amount fits now or as soon as open packets close. */
  async canPay(amount: bigint): Promise<boolean> {
    const { halted, ledger } = this.courier;
    if (halted !== null || this.#closed || this.#queue.length >= this.#queueLimit) return false;
    const capacity = await this.deps.claims.capacity();
    return capacity.open &&
      ledger.fit(amount, capacity.depositUnits, this.#limits).fit !== "never";
  }

  /** Signs what can be signed; called after anything that may have made room. */
  pump(): void {
    this.#wanted = true;
    if (this.#running || this.#closed) return;
    this.#running = true;
    void this.#drive();
  }

  /** Nothing more is signed. */
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
        channel: this.courier.ledger.channelId,
        code: codeOf(error),
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
      const { halted, link } = this.courier;
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
      const { ledger } = this.courier;
      if (!await this.#agree(ledger)) continue;
      const { signed, snapshot, stuck } = await this.#sign(ledger, capacity.depositUnits);
      if (!this.courier.holds(ledger)) this.#dropAll(signed.keys());
      else if (signed.size > 0) {
        for (const entry of signed.keys()) entry.stage = "open";
        await this.courier.dispatch([...signed.values()], snapshot);
      }
      if (stuck) return;
    }
  }

  /** Takes the figures above what the signer signed last; false where they must not be signed on. */
  async #agree(ledger: PayerLedger): Promise<boolean> {
    if (this.#agreed === ledger) return true;
    const last = await this.deps.claims.lastClaim();
    if (last !== null) {
      const { nonce } = ledger;
      if (last.nonce > nonce + MAX_NONCE_STEP) {
        this.courier.halt(`the signer signed nonce ${last.nonce}, the highest known is ${nonce}`);
        return false;
      }
      ledger.goAbove(last.nonce, last.cumulative);
      if (ledger.nonce > nonce) {
        const { channelId } = ledger;
        this.deps.log("warn", "a claim that never left is passed over", {
          channel: channelId,
          nonce: last.nonce,
        });
      }
    }
    this.#agreed = ledger;
    return true;
  }

  /** The store failed between signature and commit: nothing of these was sent. */
  #dropAll(entries: Iterable<PaymentEntry>): void {
    for (const entry of entries) {
      this.events.onDone(entry, refusedHere("store", "The store failed: nothing was sent"));
    }
  }

  async #sign(ledger: PayerLedger, depositUnits: bigint | null): Promise<{
    readonly signed: ReadonlyMap<PaymentEntry, OutgoingPacketRow>;
    readonly snapshot: IssuedClaim["snapshot"];
    readonly stuck: boolean;
  }> {
    const { courier, events } = this;
    const signed = new Map<PaymentEntry, OutgoingPacketRow>();
    let snapshot: IssuedClaim["snapshot"] = null;
    while (signed.size < BATCH && this.#queue.length > 0 && courier.halted === null) {
      const entry = this.#queue[0];
      const fit = ledger.fit(entry.request.amount, depositUnits, this.#limits);
      const refused = this.#refusal(entry);
      if (refused === null && fit.fit === "later") return { signed, snapshot, stuck: true };
      this.#queue.shift();
      if (refused !== null || fit.fit !== "now") {
        events.onDone(entry, refused ?? tooMuch(fit));
        continue;
      }
      entry.stage = "signing";
      const issued = await this.#issue(ledger, entry, fit.cumulative);
      if (issued === "again") {
        entry.stage = "queued";
        this.#queue.unshift(entry);
        break;
      }
      if ("refused" in issued) {
        events.onDone(entry, issued.refused);
        if (this.#agreed !== ledger) break;
        continue;
      }
      signed.set(entry, issued.packet);
      snapshot = issued.snapshot ?? snapshot;
      if (!courier.holds(ledger)) break;
    }
    return { signed, snapshot, stuck: false };
  }

  #refusal({ request }: PaymentEntry): Refused | null {
    const now = this.deps.timers.now();
    if (request.expiresAtMs !== undefined && request.expiresAtMs <= now) {
      return refusedHere("expired", "The packet expired before it could be signed");
    }
    if (!this.courier.keepsCredit && !this.courier.forfeits.allows(now)) {
      return refusedHere("max_forfeit", "The peer keeps no credit and today's loss limit is used");
    }
    return null;
  }

  async #issue(ledger: PayerLedger, entry: PaymentEntry, cumulative: bigint): Promise<Issued> {
    const { amount, obligation, destination, data, condition, incoming } = entry.request;
    const createdAtMs = this.deps.timers.now();
    const expiresAtMs = entry.request.expiresAtMs ??
      createdAtMs + (entry.request.expiresInMs ?? DEFAULT_EXPIRES_IN_MS);
    let prepare: Uint8Array;
    let issued: IssuedClaim;
    const nonce = ledger.nonce + 1;
    try {
      const fields = { amount, expiresAtMs, condition, destination, data };
      prepare = this.deps.codec.encodePrepare(fields);
    } catch (error) {
      return { refused: refusedHere("packet", (error as Error).message) };
    }
    try {
      if (incoming) await this.deps.linked?.ready(incoming);
      issued = await this.deps.claims.issue({ nonce, cumulative, amount });
    } catch (error) {
      return await this.#notSigned(ledger, error);
    }
    const packet: OutgoingPacketRow = {
      channelId: ledger.channelId,
      nonce,
      cumulative,
      amount,
      claim: issued.bytes,
      prepare,
      condition,
      obligation,
      state: "open",
      expiresAtMs,
      createdAtMs,
      incoming: incoming ?? null,
      answer: null,
      about: entry.request.about ?? null,
    };
    ledger.issue(packet);
    return { packet, snapshot: issued.snapshot };
  }

  async #notSigned(ledger: PayerLedger, error: unknown): Promise<Issued> {
    const { code, message } = refusalOf(error);
    switch (code) {
      case null:
        // It may have signed this nonce although we did not hear of it: never use it again.
        ledger.skipNonce();
        return this.#unheard(error);
      case "ceiling":
        return { refused: refusedHere("ceiling", message) };
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
        return { refused: refusedHere("signer", message) };
    }
    this.courier.halt(`the signer refused the nonce: ${message}`);
    return { refused: refusedHere("halted", message) };
  }

  /** The signer is asked where it stands before it signs again. */
  #unheard(error: unknown): Issued {
    this.#agreed = null;
    return { refused: refusedHere("signer", `The signer did not answer: ${codeOf(error)}`) };
  }

  #refuseAll(code: string, message: string): void {
    for (const entry of this.#queue.splice(0)) {
      this.events.onDone(entry, refusedHere(code, message));
    }
  }
}

function tooMuch(fit: { readonly fit: string; readonly code?: string }): Refused {
  return fit.code === "deposit_exhausted"
    ? refusedHere("deposit_exhausted", "The channel's confirmed deposit is used up")
    : refusedHere("window", "The amount does not fit the window of what may be at risk");
}

/** Whether the signer itself said no; by name, since its class stays behind where it answers over a port. */
function refusalOf(error: unknown): { readonly code: string | null; readonly message: string } {
  const { name, message = "" } = (error ?? {}) as { name?: string; message?: string };
  const code = codeOf(error);
  return { code: name === "SignerError" || code === "ceiling" ? code : null, message };
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code ?? "error");
}

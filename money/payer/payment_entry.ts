/**
 * One payment in a payer's hands: who waits for it and how far it got. Payments of the same obligation share an entry.
 *
 * @module
 */
import type { OutgoingPacketRow, PacketAbout } from "../../store/store.ts";
import { type PacketOutcome, refusedHere } from "../claims/outcome.ts";

/** What is to be paid. */
export interface PayRequest {
  /** Base units, above 0. */
  readonly amount: bigint;
  /** What is being paid for (docs/money.md#obligations): `write:<event id>`, `job:<quote or event id>`, `forward:<channel>:<nonce>`. */
  readonly obligation: string;
  readonly destination: string;
  readonly data: Uint8Array;
  /** 32 bytes. */
  readonly condition: Uint8Array;
  /** From the moment of signing; 30 s unless told. */
  readonly expiresInMs?: number;
  /** A fixed expiry instead: the payment is not signed after it. */
  readonly expiresAtMs?: number;
  /** What the journal says of it, beside the obligation. */
  readonly about?: PacketAbout;
  /** The row at the previous hop that this payment forwards. */
  readonly incoming?: NonNullable<OutgoingPacketRow["incoming"]>;
}

/** A payment on its way through the payer. */
export class PaymentEntry {
  readonly request: PayRequest;
  /** `looking` (is the obligation paid already?), `queued`, `signing`, `open` (committed or about to be), `done`. */
  stage: "looking" | "queued" | "signing" | "open" | "done" = "looking";
  #waiting = 0;
  #resolve!: (outcome: PacketOutcome) => void;
  readonly #outcome: Promise<PacketOutcome>;

  /** Makes an entry that nobody waits for yet. */
  constructor(request: PayRequest) {
    this.request = request;
    this.#outcome = new Promise((resolve) => this.#resolve = resolve);
  }

  /** Tells everyone who waits. */
  finish(outcome: PacketOutcome): void {
    this.stage = "done";
    this.#resolve(outcome);
  }

  /**
   * The outcome. When `signal` aborts first: `unknown` if the payment may already be signed, otherwise our own refusal after
   * `withdraw` took the payment back (only when no other caller waits for it).
   */
  wait(signal: AbortSignal | undefined, withdraw: () => void): Promise<PacketOutcome> {
    this.#waiting += 1;
    if (signal === undefined) return this.#outcome;
    return new Promise((resolve) => {
      const onAbort = () => {
        const unsigned = this.stage === "looking" || this.stage === "queued";
        // The previous hop must hear of a refusal, also of one between signature and commit: nobody else would ever tell it.
        if (!unsigned && this.request.incoming !== undefined) return;
        this.#waiting -= 1;
        if (unsigned && this.#waiting === 0) withdraw();
        resolve(
          unsigned && this.#waiting === 0
            ? refusedHere("cancelled", "Cancelled before it was signed: nothing was sent")
            : { state: "unknown", reason: "no answer yet; the packet stays open and is asked for" },
        );
      };
      this.#outcome.then((outcome) => {
        signal.removeEventListener("abort", onAbort);
        resolve(outcome);
      });
      if (signal.aborted) return onAbort();
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }
}

/**
 * One payment in a payer: who waits for it, and its stage. Payments of the same obligation share an entry.
 *
 * @module
 */
import type { OutgoingPacketRow, PacketAbout } from "../../store/store.ts";
import { type PacketOutcome, refusedHere } from "../claims/outcome.ts";

/** A payment to make. */
export interface PayRequest {
  /** The amount in base units, above 0. */
  readonly amount: bigint;
  /** What the payment is for (docs/money.md#obligations): `write:<event id>`, `job:<quote or event id>`, `forward:<channel>:<nonce>`. */
  readonly obligation: string;
  readonly destination: string;
  readonly data: Uint8Array;
  /** 32 bytes. */
  readonly condition: Uint8Array;
  /** The time from signing to expiry. Default: 30 s. */
  readonly expiresInMs?: number;
  /** A fixed expiry in its place. The payment is not signed after it. */
  readonly expiresAtMs?: number;
  /** Further facts for the journal. */
  readonly about?: PacketAbout;
  /** The row at the previous hop that this payment forwards. */
  readonly incoming?: NonNullable<OutgoingPacketRow["incoming"]>;
}

/** A payment in the payer. */
export class PaymentEntry {
  readonly request: PayRequest;
  /** `looking` (whether the obligation is already paid), `queued`, `signing`, `open` (committed or about to be), `done`. */
  stage: "looking" | "queued" | "signing" | "open" | "done" = "looking";
  #waiting = 0;
  #resolve!: (outcome: PacketOutcome) => void;
  readonly #outcome: Promise<PacketOutcome>;

  /** Makes an entry that nobody waits for yet. */
  constructor(request: PayRequest) {
    this.request = request;
    this.#outcome = new Promise((resolve) => this.#resolve = resolve);
  }

  /** Ends the payment and resolves all waits. */
  finish(outcome: PacketOutcome): void {
    this.stage = "done";
    this.#resolve(outcome);
  }

  /**
   * The outcome. If `signal` aborts first: `unknown` if the payment may already be signed. Otherwise `withdraw` takes the payment back, if
   * no other caller waits for it, and the result is our own refusal.
   */
  wait(signal: AbortSignal | undefined, withdraw: () => void): Promise<PacketOutcome> {
    this.#waiting += 1;
    if (signal === undefined) return this.#outcome;
    return new Promise((resolve) => {
      const onAbort = () => {
        const unsigned = this.stage === "looking" || this.stage === "queued";
        // A forwarded payment must report every refusal to the previous hop, also one between signature and commit, because nothing else
        // would report it.
        if (!unsigned && this.request.incoming !== undefined) return;
        this.#waiting -= 1;
        if (unsigned && this.#waiting === 0) withdraw();
        resolve(
          unsigned && this.#waiting === 0
            ? refusedHere("cancelled", "Cancelled before it was signed: nothing was sent")
            : {
              state: "unknown",
              reason: "no answer yet; the packet stays open and is sent again",
            },
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

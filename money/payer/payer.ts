/**
 * The payer of one channel (docs/money.md#packets P1 to P4). It signs in one sequence, commits before it sends, sends again until an answer
 * closes each packet, and never closes a packet because of the time.
 *
 * Held: at most `queueLimit` payments that are not signed yet (a further one is refused as `queue_full`) and `windowPackets` open packets.
 * Payments of one obligation share one packet.
 *
 * @module
 */
import { codeText } from "../../base/thrown.ts";
import type { Change, OutgoingPacketRow } from "../../store/store.ts";
import { foreignSigner } from "./foreign_signer.ts";
import { outcomeOf, type PacketOutcome, refusedHere } from "../claims/outcome.ts";
import type { PacketLink } from "../claims/packet_link.ts";
import { PaymentEntry, type PayRequest } from "./payment_entry.ts";
import { PacketSender } from "./packet_sender.ts";
import type { PayerDeps, PayerOptions, PayerStatus } from "./payer_options.ts";
import { PayerSequencer } from "./payer_sequencer.ts";

/** A channel's payer. */
export class Payer {
  readonly #deps: PayerDeps;
  readonly #packetSender: PacketSender;
  readonly #sequencer: PayerSequencer;
  readonly #entries = new Map<string, PaymentEntry>();
  #attaching = 0;
  /** When the last packet was closed. */
  #answeredAtMs = 0;
  #closed = false;

  private constructor(options: PayerOptions, deps: PayerDeps) {
    this.#deps = deps;
    this.#packetSender = new PacketSender(options, deps, {
      onClosed: (packet, renew) => this.#onClosed(packet, renew),
      onRoom: () => this.#sequencer.pump(),
      onLost: (reason) => this.#onLost(reason),
    });
    this.#sequencer = new PayerSequencer(options, deps, this.#packetSender, {
      onDone: (entry, outcome) => this.#finish(entry, outcome),
    });
  }

  /** Loads the channel from the store. The outcome of its open packets is unknown until a link is attached. */
  static async open(options: PayerOptions, deps: PayerDeps): Promise<Payer> {
    const payer = new Payer(options, deps);
    await payer.#packetSender.load();
    return payer;
  }

  /** The channel through which it pays. */
  get channelId(): string {
    return this.#packetSender.ledger.channelId;
  }

  /**
   * Starts a new session. The peer is asked for its figures, open packets are sent again byte for byte in the order of their nonces, and
   * only then are new packets signed.
   */
  async attach(link: PacketLink): Promise<void> {
    const turn = ++this.#attaching;
    this.#packetSender.detach();
    const state = await link.claimState();
    if (turn !== this.#attaching || this.#closed) return;
    if (state !== null) {
      this.#packetSender.outcomes.keepsCredit = true;
      const reason = foreignSigner(state, this.#packetSender.ledger.row);
      if (reason !== null) this.#packetSender.halt(reason);
    }
    this.#packetSender.attach(link);
    this.#sequencer.pump();
  }

  /** Ends the session. Nothing more is signed until the next one. Does nothing if another link is already attached. */
  detach(link: PacketLink): void {
    this.#attaching += this.#packetSender.link === null ? 1 : 0;
    this.#packetSender.detach(link);
  }

  /**
   * Pays an obligation once. If it is already fulfilled, the stored outcome is returned; if a packet for it is open, the caller waits for
   * that packet. Never throws. If `signal` aborts after signing, the caller gets `unknown`, and the packet continues.
   */
  async pay(
    request: PayRequest,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<PacketOutcome> {
    if (request.amount <= 0n) return refusedHere("amount", "amount must be above 0 units");
    let entry = this.#entries.get(request.obligation);
    if (entry === undefined) {
      if (this.#closed) return refusedHere("closed", "The payer is closed: nothing was sent");
      const made = entry = new PaymentEntry(request);
      this.#entries.set(request.obligation, made);
      this.#admit(made).catch((error) =>
        this.#finish(made, {
          state: "unknown",
          reason: `the store failed: ${codeText(error)}`,
        })
      );
    }
    const mine = entry;
    return await mine.wait(options.signal, () => {
      if (mine.stage === "queued") this.#sequencer.withdraw(mine);
      this.#finish(mine, refusedHere("cancelled", "Cancelled before it was signed"));
    });
  }

  /**
   * Sends every open packet again now, and waits until all are closed or `signal` aborts. Returns the number that is still open. Without a
   * link it waits for one.
   */
  async resolve(options: { readonly signal?: AbortSignal } = {}): Promise<number> {
    this.#packetSender.askAll();
    await this.#packetSender.idle(options.signal);
    return this.#packetSender.ledger.open.size;
  }

  /**
   * Whether a payment of this amount could be signed with the present figures. A connector asks this before it holds a packet
   * (docs/money.md#packets Q4).
   */
  async canPay(amount: bigint): Promise<boolean> {
    return await this.#sequencer.canPay(amount);
  }

  /** Whether losing `amount` to a strict peer by a retry stays within the limit. True if the peer keeps credit. */
  mayRetry(amount: bigint): boolean {
    return this.#packetSender.outcomes.keepsCredit ||
      this.#packetSender.outcomes.forfeits.allowsRetry(amount, this.#deps.timers.now());
  }

  /** See {@link PacketSender.writeOff}. */
  writeOff(
    nonce: number,
    answer: Uint8Array,
    more: readonly Change[],
    allows: (amount: bigint) => boolean,
  ): ReturnType<PacketSender["writeOff"]> {
    return this.#packetSender.writeOff(nonce, answer, more, allows);
  }

  /** The amount that was written off on this channel today, without packets that the next hop refused later. */
  writtenOffToday(nowMs: number): bigint {
    return this.#packetSender.ledger.writtenOffToday(nowMs);
  }

  /** The payer's figures and state. */
  status(): PayerStatus {
    const { ledger, link, halted, outcomes: { keepsCredit, noise } } = this.#packetSender;
    return {
      ...ledger.row,
      held: ledger.held,
      openPackets: ledger.open.size,
      inDoubt: ledger.inDoubt,
      waiting: this.#sequencer.waiting,
      linked: link !== null,
      unansweredSinceMs: this.#unansweredSinceMs(),
      keepsCredit,
      halted,
      noise,
    };
  }

  /** Refuses payments that are not signed yet, answers `unknown` for open packets, and waits for running commits. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#sequencer.close();
    await this.#packetSender.close();
    for (const entry of this.#entries.values()) {
      entry.finish(
        entry.stage === "open" || entry.stage === "signing"
          ? { state: "unknown", reason: "the payer was closed; the packet stays open" }
          : refusedHere("closed", "The payer was closed: nothing was sent"),
      );
    }
    this.#entries.clear();
  }

  /** Looks the obligation up, so that it is never paid twice. The link of a forwarded packet is unique, so it needs no look-up. */
  async #admit(entry: PaymentEntry): Promise<void> {
    const { obligation, incoming } = entry.request;
    while (incoming === undefined) {
      const rows = await this.#deps.store.outgoingByObligation(obligation);
      if (entry.stage !== "looking") return;
      const paid = rows.find((row) => row.state === "fulfilled");
      if (paid) return this.#finish(entry, outcomeOf(paid, this.#deps.codec, true));
      const open = rows.find((row) => row.state === "open");
      if (open === undefined) break;
      if (open.channelId !== this.channelId) {
        return this.#finish(entry, {
          state: "unknown",
          reason: "a packet on another channel is open",
        });
      }
      if (this.#packetSender.adopt(open.nonce)) {
        entry.stage = "open";
        return;
      }
      // The packet is being closed now. Wait for that commit, then look again.
      await this.#packetSender.settled();
    }
    if (entry.stage !== "looking") return;
    const refused = this.#sequencer.enqueue(entry);
    if (refused !== null) this.#finish(entry, refused);
  }

  /** Packets are in the order of their signatures. */
  #unansweredSinceMs(): readonly number[] {
    return [...this.#packetSender.ledger.open.values()]
      .map(({ createdAtMs }) => createdAtMs)
      .filter((atMs) => atMs > this.#answeredAtMs);
  }

  #onClosed(packet: OutgoingPacketRow, renew: boolean): void {
    this.#answeredAtMs = this.#deps.timers.now();
    const entry = this.#entries.get(packet.obligation);
    if (entry?.stage === "open") {
      const outcome = outcomeOf(packet, this.#deps.codec, false);
      const ofClaim = renew && outcome.state === "refused";
      this.#finish(entry, ofClaim ? { ...outcome, ofClaim: true } : outcome);
    }
    this.#deps.onChange?.();
  }

  #onLost(reason: string): void {
    for (const entry of [...this.#entries.values()]) {
      if (entry.stage === "open") this.#finish(entry, { state: "unknown", reason });
    }
  }

  #finish(entry: PaymentEntry, outcome: PacketOutcome): void {
    if (this.#entries.get(entry.request.obligation) === entry) {
      this.#entries.delete(entry.request.obligation);
    }
    entry.finish(outcome);
  }
}

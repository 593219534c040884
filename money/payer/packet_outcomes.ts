/**
 * The outcomes of sent packets (docs/money.md#packets P2, P3). An answer closes a packet, or evidence from elsewhere does. The outcome is
 * committed before anyone is told.
 *
 * Held: the nonces of packets that are being closed, which the window limits.
 *
 * @module
 */
import { MAX_COVERED, readCoveredClaim } from "../../protocols/evm/covered_claim.ts";
import { reached } from "../../base/crash_point.ts";
import type { PacketOutcomeState } from "../../protocols/ilp/packet_state.ts";
import type { Change, OutgoingPacketRow } from "../../store/store.ts";
import type { LinkAnswer } from "../claims/packet_link.ts";
import { type AnswerSubject, subjectOf } from "./claim_refusal.ts";
import { haltReason } from "./foreign_signer.ts";
import { ForfeitBudget } from "./forfeit_budget.ts";
import { judgeAnswer } from "./judge_answer.ts";
import type { PayerLedger } from "./payer_ledger.ts";
import type { PayerDeps, PayerOptions } from "./payer_options.ts";

/** What closing a packet needs from its sender. */
interface OutcomeWork {
  /** The current ledger. */
  ledger(): PayerLedger;
  commit(
    changes: () => readonly Change[],
    packets: readonly OutgoingPacketRow[],
  ): Promise<boolean>;
  /** Stops sending this packet again. */
  forget(nonce: number): void;
  /** Stops all signing. */
  halt(reason: string): void;
  /** Called when the figures changed so that more may fit into the window. */
  onRoom(): void;
  /** Called when the row's outcome is durable. `renew`: only its claim was refused, and a new one may be accepted. */
  onClosed(packet: OutgoingPacketRow, renew: boolean): void;
}

/** The outcomes of one channel's packets. */
export class PacketOutcomes {
  forfeits: ForfeitBudget;
  keepsCredit: boolean;
  /** The most packets that one signed claim may cover on this link, as the peer's last answer says. */
  covers = 0;
  /** The number of answers that were not valid. */
  noise = 0;
  readonly #closing = new Set<number>();

  /** Before {@link load}, earlier losses are not known. */
  constructor(
    readonly options: PayerOptions,
    readonly deps: PayerDeps,
    readonly work: OutcomeWork,
  ) {
    this.keepsCredit = options.peerRule === "credit";
    this.forfeits = new ForfeitBudget(options.maxForfeitUnits ?? 0n, null);
  }

  /** The name of the cursor that stores today's losses. */
  get cursorName(): string {
    return `forfeit:${this.options.channelId}`;
  }

  /** Loads the losses from the cursor {@link cursorName}. */
  load(lost: string | null): void {
    this.forfeits = new ForfeitBudget(this.options.maxForfeitUnits ?? 0n, lost);
  }

  /** Whether the packet is being closed. */
  isClosing(nonce: number): boolean {
    return this.#closing.has(nonce);
  }

  /** The peer's answer to a packet. Null if the link ended without one. */
  async answered(nonce: number, answer: LinkAnswer | null): Promise<void> {
    const packet = this.work.ledger().open.get(nonce);
    if (answer === null || packet === undefined || this.#closing.has(nonce)) return;
    const verdict = judgeAnswer(answer, packet.condition, this.deps.codec);
    if (verdict.verdict === "noise") {
      this.noise += 1;
      const { channelId } = packet;
      this.deps.log("warn", "an answer is invalid", {
        channel: channelId,
        nonce,
        why: verdict.why,
      });
      return;
    }
    reached("payer.answered");
    const refused = verdict.verdict === "refused";
    const claimed = packet.claim.length > 0;
    let subject: AnswerSubject = "packet";
    if (answer.ack !== null) {
      this.keepsCredit = true;
      if (!refused || answer.ack.result === "accepted") {
        this.covers = Math.min(answer.ack.covers ?? 0, MAX_COVERED);
      }
      if (claimed) {
        const ledger = this.work.ledger();
        if (refused) subject = subjectOf(answer.ack, packet, ledger, this.deps.timers.now());
        const outgoing = async (nonce: number) =>
          ledger.open.get(nonce) ?? await this.deps.store.outgoing(ledger.channelId, nonce);
        const reason = await haltReason(answer.ack, packet, ledger.row, outgoing);
        if (reason !== null) this.work.halt(reason);
        if (reason !== null && subject === "renew") subject = "final";
      }
    } else if (refused && claimed) {
      this.keepsCredit = false;
    }
    // The peer may know of a close or of a new chain.
    if (subject !== "packet") this.deps.claims.refresh?.();
    if (subject === "nothing") {
      const { channelId } = packet;
      const why = "the peer refused the claim and may have accepted it before";
      this.deps.log("warn", "an answer decides nothing", { channel: channelId, nonce, why });
      return;
    }
    const forfeit = refused && claimed && answer.ack === null;
    const state = refused ? "refused" : "fulfilled";
    if (answer.ack !== null && (subject === "renew" || subject === "final")) {
      if (!await this.#closeCovered(nonce, answer.ack.nonce, answer.packet, subject)) return;
    }
    await this.#close(packet, state, this.#kept(packet, answer.packet, subject), forfeit, subject);
  }

  /** The answer for the row. A previous hop is told nothing about the claim between us and the next hop, because that claim is ours. */
  #kept(packet: OutgoingPacketRow, answer: Uint8Array, subject: AnswerSubject): Uint8Array {
    const { linked } = this.deps;
    return packet.incoming === null || subject === "packet" || linked === undefined
      ? answer
      : linked.claimRefused();
  }

  /**
   * Closes the packets that a refused claim covers. They were not accepted and never will be, and the answers to them may be lost: without
   * their claim, they would wait at the peer. So the claim's own packet is closed after them, and stays open if this returns false. `known`
   * is the peer's highest nonce. A packet up to it may have been accepted before the peer crashed, and 0 is no figure of our account.
   */
  async #closeCovered(
    nonce: number,
    known: number,
    answer: Uint8Array,
    subject: AnswerSubject,
  ): Promise<boolean> {
    const covered = [...this.work.ledger().open.values()].filter((packet) =>
      known > 0 && packet.nonce > known && readCoveredClaim(packet.claim)?.coveredBy === nonce
    );
    await Promise.all(
      covered.map((packet) =>
        this.#close(packet, "refused", this.#kept(packet, answer, subject), false, subject)
      ),
    );
    return covered.every((packet) => !this.work.ledger().open.has(packet.nonce));
  }

  /** Closes a packet: write 2. */
  async #close(
    packet: OutgoingPacketRow,
    state: PacketOutcomeState,
    answer: Uint8Array | null,
    forfeit: boolean,
    subject: AnswerSubject = "packet",
  ): Promise<void> {
    const { nonce, incoming } = packet;
    const { linked, timers } = this.deps;
    if (this.#closing.has(nonce)) return;
    this.#closing.add(nonce);
    try {
      if (incoming) await linked?.ready(incoming);
    } catch {
      return; // The store failed: the packet stays open and is asked for again.
    } finally {
      this.#closing.delete(nonce);
    }
    const ledger = this.work.ledger();
    const closed = ledger.close(nonce, state, answer, forfeit);
    if (closed === null) return;
    this.work.forget(nonce);
    if (forfeit) this.forfeits.lose(packet.amount, timers.now());
    const committed = this.work.commit(() => [
      { op: "putOutgoing", row: closed, expect: "open", forfeit },
      { op: "putPayerChannel", row: ledger.row },
      ...(incoming ? linked?.closeChanges(closed) ?? [] : []),
      ...(forfeit
        ? [{ op: "setCursor" as const, name: this.cursorName, value: this.forfeits.value }]
        : []),
    ], [closed]);
    if (incoming) linked?.committing(closed, committed);
    this.work.onRoom();
    if (!await committed) return;
    reached("payer.closed");
    this.work.onClosed(closed, subject === "renew");
  }

  /** Whether a packet must not be sent again: after its expiry, a strict peer would count a second packet. */
  isOver(packet: OutgoingPacketRow): boolean {
    return !this.keepsCredit && this.deps.timers.now() >= packet.expiresAtMs;
  }

  /** Looks for evidence of a packet that is no longer sent to a strict peer. */
  async readBack(packet: OutgoingPacketRow): Promise<void> {
    const found = await this.deps.evidence?.(packet).catch(() => "unknown" as const) ?? "unknown";
    if (this.work.ledger().open.get(packet.nonce) !== packet || !this.isOver(packet)) return;
    if (found === "found") return await this.#close(packet, "fulfilled", null, false);
    const overAtMs = packet.expiresAtMs + (packet.expiresAtMs - packet.createdAtMs);
    if (found === "not_found" && this.deps.timers.now() >= overAtMs) {
      await this.#close(packet, "refused", null, packet.claim.length > 0);
    }
  }
}

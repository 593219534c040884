/**
 * A receiver's figures of one channel in memory (docs/money.md#packets Q1 to Q4). Synchronous. The caller commits the returned rows in the
 * order of the calls.
 *
 * Two points are kept apart: `tip` is the highest checked claim; `credited` and `watermark` are of the highest decided claim. Claims are
 * checked in their order of arrival, even while earlier packets are still undecided. They are decided in the same order, so that the store
 * never has a watermark above a packet without a row.
 *
 * Held: held rows, which the payer's credit limits; {@link MAX_UNDECIDED} undecided rows or {@link MAX_UNDECIDED_BYTES} of them; and the
 * last {@link REMEMBERED} settled rows without their PREPARE. Older rows are in the store.
 *
 * @module
 */
import { type Claim, parseClaim } from "../../protocols/evm/claim.ts";
import type { PacketOutcomeState } from "../../protocols/ilp/packet_state.ts";
import type { Change, IncomingPacketRow, ReceiverChannelRow } from "../../store/store.ts";
import type { AccountFigures } from "../claims/claim_ack.ts";
import type { ClaimTip } from "../claims/claim_check.ts";
import { CoveredPackets } from "./covered_packets.ts";
import { type LiveRow, liveRow, type Reply, tell } from "./live_row.ts";

/** The number of settled rows that stay in memory. */
const REMEMBERED = 256;
/** The most undecided packets. After many refusals a payer waits long, and its packets may have come on sessions that have ended. */
const MAX_UNDECIDED = 1_024;
/** The most bytes of their PREPAREs. */
const MAX_UNDECIDED_BYTES = 33_554_432;
/** Every hop stores the answer, so a refusal counts once, and once more for each full block of this many bytes in its answer. */
const COUNTED_BYTES = 1_024;
const NONE = new Uint8Array(0);

/** One channel's account. */
export class ReceiverAccount {
  readonly channelId: string;
  readonly peer: string;
  /** The turns in which claims are checked and packets are decided. */
  claimTurn: Promise<unknown> = Promise.resolve();
  decideTurn: Promise<unknown> = Promise.resolve();
  /** Counts refusals if they are limited. Null otherwise. */
  refusals: { waitMs(): number; count(times: number): void } | null = null;
  /** True after the store failed. Everything that still uses this object must stop. */
  dead = false;
  tip: ClaimTip;
  /** Packets without a signed claim. */
  readonly covered = new CoveredPackets();
  #credited: bigint;
  #watermark: number;
  #bestClaim: Uint8Array | null;
  #spent: bigint;
  #held = 0n;
  readonly #rows = new Map<number, LiveRow>();
  #undecided = 0;
  #undecidedBytes = 0;

  /** Loads a channel from its stored rows. `row` is null for a new channel. */
  constructor(
    channelId: string,
    peer: string,
    row: ReceiverChannelRow | null,
    held: readonly IncomingPacketRow[],
  ) {
    this.channelId = channelId;
    this.peer = row?.peer ?? peer;
    this.#credited = row?.credited ?? 0n;
    this.#watermark = row?.watermark ?? 0;
    this.#bestClaim = row?.bestClaim ?? null;
    this.#spent = row?.spent ?? 0n;
    this.tip = { nonce: this.#watermark, cumulative: this.#credited };
    for (const packet of held) {
      this.#rows.set(packet.nonce, liveRow(packet, "held"));
      this.#held += packet.amount;
    }
  }

  /** Runs `work` after all earlier work of the same turn has ended. Rejects with the error of `work`; the next work runs in any case. */
  async inTurn<T>(turn: "claimTurn" | "decideTurn", work: () => Promise<T>): Promise<T> {
    const result = this[turn].then(work);
    this[turn] = result.catch(() => {});
    return await result;
  }

  /** The account's figures after the last decision. */
  get figures(): AccountFigures {
    return {
      nonce: this.#watermark,
      credited: this.#credited,
      spent: this.#spent,
      held: this.#held,
    };
  }

  /** The highest nonce of packets and claims. After a crash, a claim may be known and only the first of the packets that it covers. */
  get claimedNonce(): number {
    const claim = this.#bestClaim === null ? null : parseClaim(this.#bestClaim);
    return Math.max(this.#watermark, claim?.nonce ?? 0);
  }

  /** Whether this is the claim that is stored. */
  holdsClaim({ nonce, transferredAmount, signature }: Claim): boolean {
    if (this.#bestClaim === null) return false;
    const best = parseClaim(this.#bestClaim);
    return best.nonce === nonce && best.transferredAmount === transferredAmount &&
      best.signature === signature;
  }

  /** The account's row for the store. */
  get row(): ReceiverChannelRow {
    return {
      channelId: this.channelId,
      peer: this.peer,
      credited: this.#credited,
      watermark: this.#watermark,
      bestClaim: this.#bestClaim,
      spent: this.#spent,
    };
  }

  /** The credit that is left, limited by `limit` if there is one. */
  available(limit: bigint | null): bigint {
    const credited = limit !== null && limit < this.#credited ? limit : this.#credited;
    return credited - this.#spent - this.#held;
  }

  /** A row in memory. */
  find(nonce: number): LiveRow | undefined {
    return this.#rows.get(nonce);
  }

  /** Held rows. */
  held(): LiveRow[] {
    return [...this.#rows.values()].filter((packet) => packet.stage === "held");
  }

  /** Whether too many packets are undecided. Then a further packet gets no answer, and its payer asks again. */
  get full(): boolean {
    return this.#undecided >= MAX_UNDECIDED || this.#undecidedBytes >= MAX_UNDECIDED_BYTES;
  }

  /** Admits a packet whose claim was checked: the tip rises, and the packet waits for its decision. `packet` waited for the claim. */
  admit(row: IncomingPacketRow, tip: ClaimTip, packet = liveRow(row, "deciding")): LiveRow {
    this.tip = tip;
    this.#undecided += 1;
    this.#undecidedBytes += row.prepare.length;
    this.#rows.set(row.nonce, packet);
    return packet;
  }

  /** Q3: the claim counts, whatever the outcome of its packet is. */
  credit(tip: ClaimTip, claim: Uint8Array | null): void {
    this.#watermark = tip.nonce;
    this.#credited = tip.cumulative > this.#credited ? tip.cumulative : this.#credited;
    this.#bestClaim = claim ?? this.#bestClaim;
  }

  /** Q4, held: the changes of write 1. */
  hold(packet: LiveRow, obligation: string): Change[] {
    this.#decided(packet);
    packet.row = { ...packet.row, state: "held", obligation };
    packet.stage = "held";
    this.#held += packet.row.amount;
    return this.#changes(packet, "absent");
  }

  /** Q4, refused: the changes of write 1, which is also the outcome. */
  refuse(packet: LiveRow, answer: Uint8Array): Change[] {
    this.#decided(packet);
    packet.row = { ...packet.row, state: "refused", answer };
    packet.stage = "settled";
    this.refusals?.count(timesOf(answer));
    return this.#changes(packet, "absent");
  }

  /** K: the held row gets the link to its next hop. */
  link(packet: LiveRow, next: NonNullable<IncomingPacketRow["next"]>): Change[] {
    packet.row = { ...packet.row, next };
    return [{ op: "putIncoming", row: packet.row, expect: "held" }];
  }

  /** Q5: the changes of write 2. Empty if the row already has its outcome, because the first outcome is final. */
  settle(packet: LiveRow, state: PacketOutcomeState, answer: Uint8Array): Change[] {
    if (packet.stage !== "held") return [];
    packet.row = { ...packet.row, state, answer };
    packet.stage = "settled";
    this.#held -= packet.row.amount;
    if (state === "fulfilled") this.#spent += packet.row.amount;
    else this.refusals?.count(timesOf(answer));
    return this.#changes(packet, "held");
  }

  /** The reply with the current figures. */
  accepted(answer: Uint8Array): Reply {
    return { packet: answer, ack: { result: "accepted", ...this.figures } };
  }

  /** The outcome is durable: the waiting sender gets the answer, and old rows are removed from memory. */
  settled(packet: LiveRow): void {
    packet.durable = true;
    tell(packet, this.accepted(packet.row.answer!));
    // The PREPARE is not needed any more. A repetition is recognized by its hash.
    packet.row = { ...packet.row, prepare: NONE };
    // The oldest row comes first, because a settled row moves to the end of the map.
    this.#rows.delete(packet.row.nonce);
    this.#rows.set(packet.row.nonce, packet);
    if (this.#rows.size <= REMEMBERED) return;
    for (const [nonce, old] of this.#rows) {
      if (old.durable && old !== packet) {
        this.#rows.delete(nonce);
        return;
      }
    }
  }

  /** Discards the account after the store failed. Nobody gets an answer. */
  kill(): void {
    this.dead = true;
    this.covered.end();
    for (const packet of this.#rows.values()) tell(packet, null);
  }

  #decided({ row }: LiveRow): void {
    this.#undecided -= 1;
    this.#undecidedBytes -= row.prepare.length;
  }

  #changes(packet: LiveRow, expect: "absent" | "held"): Change[] {
    return [
      { op: "putIncoming", row: packet.row, expect },
      { op: "putReceiverChannel", row: this.row },
    ];
  }
}

function timesOf(answer: Uint8Array): number {
  return 1 + Math.floor(answer.length / COUNTED_BYTES);
}

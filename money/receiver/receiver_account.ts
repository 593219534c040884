/**
 * A receiver's figures of one channel in memory (docs/money.md#packets Q1 to Q4). Synchronous; the caller
 * commits the returned rows in call order.
 *
 * Two points are kept apart: `tip` is the highest claim that was checked, `credited` and `watermark` are the highest that was
 * decided. Claims are checked in order of arrival, even while earlier packets are still undecided. They are decided in the
 * same order, so that the store never has a watermark above a packet without a row.
 *
 * Held: rows that are held, which the payer's credit bounds; {@link MAX_UNDECIDED} rows or {@link MAX_UNDECIDED_BYTES} that are being
 * decided; and the last {@link REMEMBERED} settled ones without their PREPARE; older ones are in the store.
 *
 * @module
 */
import type { PacketOutcomeState } from "../../protocols/ilp/packet_state.ts";
import type { Change, IncomingPacketRow, ReceiverChannelRow } from "../../store/store.ts";
import type { AccountFigures, ClaimAck } from "../claims/claim_ack.ts";
import type { ClaimTip } from "../claims/claim_check.ts";

/** Settled rows that stay in memory. */
const REMEMBERED = 256;
/** Packets that wait for their decision: a payer with many refusals waits long, and may have come on sessions that are gone. */
const MAX_UNDECIDED = 1_024;
/** Bytes of their PREPAREs. */
const MAX_UNDECIDED_BYTES = 33_554_432;
/** An answer is stored, at every hop: a refusal counts once more for each so many bytes of it. */
const COUNTED_BYTES = 1_024;
const NONE = new Uint8Array(0);

/** What goes back to the payer; null is silence: it asks again. */
export type Reply = { readonly packet: Uint8Array; readonly ack: ClaimAck | null } | null;

/** A packet in memory. */
export interface LiveRow {
  row: IncomingPacketRow;
  /** `deciding` rows are not stored yet. */
  stage: "deciding" | "held" | "settled";
  /** A delivery is under way. */
  delivering: boolean;
  /** The outcome is durable. */
  durable: boolean;
  /** Settles when the outcome is durable. */
  readonly reply: Promise<Reply>;
  tell(reply: Reply): void;
  /** Ends the wait of whoever asked last: only the newest ask of a packet is answered, so asking again holds nothing. */
  supersede: (() => void) | null;
}

/** One channel's account. */
export class ReceiverAccount {
  readonly channelId: string;
  readonly peer: string;
  /** In which claims are checked, and packets decided. */
  claimTurn: Promise<unknown> = Promise.resolve();
  decideTurn: Promise<unknown> = Promise.resolve();
  /** Counts refusals, where they are limited; null where not. */
  refusals: { waitMs(): number; count(times: number): void } | null = null;
  /** Set when the store failed: whatever still runs on this object must stop. */
  dead = false;
  tip: ClaimTip;
  #credited: bigint;
  #watermark: number;
  #bestClaim: Uint8Array | null;
  #spent: bigint;
  #held = 0n;
  readonly #rows = new Map<number, LiveRow>();
  #undecided = 0;
  #undecidedBytes = 0;

  /** Takes up a channel as stored; `row` is null for a new one. */
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
      this.#rows.set(packet.nonce, live(packet, "held"));
      this.#held += packet.amount;
    }
  }

  /** Runs `work` when what was given before for the same turn has ended. Rejects as `work` does; the next one runs all the same. */
  async inTurn<T>(turn: "claimTurn" | "decideTurn", work: () => Promise<T>): Promise<T> {
    const result = this[turn].then(work);
    this[turn] = result.catch(() => {});
    return await result;
  }

  /** The account's figures as decided. */
  get figures(): AccountFigures {
    return {
      nonce: this.#watermark,
      credited: this.#credited,
      spent: this.#spent,
      held: this.#held,
    };
  }

  /** The account as the store keeps it. */
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

  /** What is left to pay with, and not more than `limit` where there is one. */
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

  /** Whether so many packets wait for their decision that no other is taken: it hears nothing and asks again. */
  get full(): boolean {
    return this.#undecided >= MAX_UNDECIDED || this.#undecidedBytes >= MAX_UNDECIDED_BYTES;
  }

  /** A checked claim: the tip moves, the packet waits for its decision. */
  admit(row: IncomingPacketRow, tip: ClaimTip): LiveRow {
    this.tip = tip;
    this.#undecided += 1;
    this.#undecidedBytes += row.prepare.length;
    const packet = live(row, "deciding");
    this.#rows.set(row.nonce, packet);
    return packet;
  }

  /** Q3: the claim is taken in, whatever becomes of its packet. */
  credit(tip: ClaimTip, claim: Uint8Array | null): void {
    this.#watermark = tip.nonce;
    this.#credited = tip.cumulative > this.#credited ? tip.cumulative : this.#credited;
    this.#bestClaim = claim ?? this.#bestClaim;
  }

  /** Q4, held: the changes of W1. */
  hold(packet: LiveRow, obligation: string): Change[] {
    this.#decided(packet);
    packet.row = { ...packet.row, state: "held", obligation };
    packet.stage = "held";
    this.#held += packet.row.amount;
    return this.#changes(packet, "absent");
  }

  /** Q4, refused: the changes of W1, which is also the outcome. */
  refuse(packet: LiveRow, answer: Uint8Array): Change[] {
    this.#decided(packet);
    packet.row = { ...packet.row, state: "refused", answer };
    packet.stage = "settled";
    this.refusals?.count(timesOf(answer));
    return this.#changes(packet, "absent");
  }

  /** K: the held row learns its next hop. */
  link(packet: LiveRow, next: NonNullable<IncomingPacketRow["next"]>): Change[] {
    packet.row = { ...packet.row, next };
    return [{ op: "putIncoming", row: packet.row, expect: "held" }];
  }

  /** Q5: the changes of W2; none when the row has its outcome already (the first wins). */
  settle(packet: LiveRow, state: PacketOutcomeState, answer: Uint8Array): Change[] {
    if (packet.stage !== "held") return [];
    packet.row = { ...packet.row, state, answer };
    packet.stage = "settled";
    this.#held -= packet.row.amount;
    if (state === "fulfilled") this.#spent += packet.row.amount;
    else this.refusals?.count(timesOf(answer));
    return this.#changes(packet, "held");
  }

  /** The reply with the figures as they are now. */
  accepted(answer: Uint8Array): Reply {
    return { packet: answer, ack: { result: "accepted", ...this.figures } };
  }

  /** The outcome is durable: whoever waits is told, and old rows leave memory. */
  settled(packet: LiveRow): void {
    packet.durable = true;
    packet.tell(this.accepted(packet.row.answer!));
    // It is not taken on again; its hash knows it again.
    packet.row = { ...packet.row, prepare: NONE };
    // Oldest first: a settled row's place in the map is its age.
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

  /** The store failed: nothing is known, nobody is told anything. */
  kill(): void {
    this.dead = true;
    for (const packet of this.#rows.values()) packet.tell(null);
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

/** The packet's reply, for its newest asker; the one before gets silence. */
export function ask(packet: LiveRow): Promise<Reply> {
  packet.supersede?.();
  const replaced = new Promise<Reply>((resolve) => packet.supersede = () => resolve(null));
  return Promise.race([packet.reply, replaced]);
}

function timesOf(answer: Uint8Array): number {
  return 1 + Math.floor(answer.length / COUNTED_BYTES);
}

function live(row: IncomingPacketRow, stage: LiveRow["stage"]): LiveRow {
  let tell!: (reply: Reply) => void;
  const reply = new Promise<Reply>((resolve) => tell = resolve);
  return { row, stage, delivering: false, durable: false, reply, tell, supersede: null };
}

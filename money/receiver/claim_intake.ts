/**
 * Takes packets with claims into their accounts, in the order of their arrival (docs/money.md#packets Q1 and Q2). A packet that another
 * claim covers waits for that claim, and is admitted right before its packet.
 *
 * Held: for each account, the arrivals that are being looked up.
 *
 * @module
 */
import { type Claim, MAX_NONCE_AHEAD } from "../../protocols/evm/claim.ts";
import type { CoveredClaim } from "../../protocols/evm/covered_claim.ts";
import { reached } from "../../base/crash_point.ts";
import type { Prepare } from "../../protocols/ilp/packet.ts";
import type { IncomingPacketRow } from "../../store/store.ts";
import type { ClaimRefusal } from "../claims/claim_ack.ts";
import { ClaimGate } from "./claim_gate.ts";
import type { CoveredPacket } from "./covered_packets.ts";
import type { HeldPackets } from "./held_packets.ts";
import { type LiveRow, liveRow } from "./live_row.ts";
import { sameHash } from "./packet_hash.ts";
import type { ReceiverAccount } from "./receiver_account.ts";
import type { ReceiverDeps, ReceiverOptions } from "./receiver_options.ts";

/** A packet that is in memory or in the store already. */
type Known = { readonly live: LiveRow } | { readonly answer: Uint8Array };

/** A packet that was admitted with its signed claim. */
interface Admitted {
  readonly live: LiveRow;
  /** The packets that the claim covers, which were admitted before it, in the order of their nonces. */
  readonly covered: readonly CoveredPacket[];
  /** The packets that waited for an earlier claim. They are refused when this packet is durable. */
  readonly overtaken: readonly CoveredPacket[];
}

/** What became of a packet. `full`: too many packets wait, so its payer must ask again. */
type Taken = ClaimRefusal | "full" | Known | Admitted;

/** Answers a packet of an account with the refusal of its claim. */
export type TellRefused = (
  account: ReceiverAccount,
  packet: LiveRow,
  reason: ClaimRefusal,
) => void;

/** The intake of one receiver. */
export class ClaimIntake {
  readonly #gate: ClaimGate;
  readonly #arrivals = new Map<string, Promise<void>>();

  /** `refuse` answers a packet that waited for a claim and is not admitted. */
  constructor(
    options: ReceiverOptions,
    readonly deps: ReceiverDeps,
    readonly held: HeldPackets,
    readonly refuse: TellRefused,
  ) {
    this.#gate = new ClaimGate(options, deps);
  }

  /**
   * The account. Packets keep their order of arrival, even while the account is being loaded. `claim` makes the account of a channel that
   * never paid us, after it was checked, so that nobody can fill the memory.
   */
  async account(
    channelId: string,
    claim: Claim | null,
  ): Promise<ReceiverAccount | ClaimRefusal> {
    const before = this.#arrivals.get(channelId) ?? Promise.resolve();
    const found = before.then(async () =>
      await this.held.existing(channelId) ??
        (claim === null ? "unknown_channel" : await this.#newAccount(claim))
    );
    const arrived = found.then(() => {}, () => {}).then(() => {
      if (this.#arrivals.get(channelId) === arrived) this.#arrivals.delete(channelId);
    });
    this.#arrivals.set(channelId, arrived);
    return await found;
  }

  /** Takes a packet with a signed claim. `good` tells whether its signature was already found valid. */
  take(
    account: ReceiverAccount,
    claim: Claim,
    row: IncomingPacketRow,
    good: Promise<boolean> | null,
  ): Promise<Taken> {
    return account.inTurn("claimTurn", async () => {
      const known = await this.#known(account, row);
      if (known !== null) return known;
      if (account.full) return "full";
      const refused = await this.#gate.check(claim, account.tip, good);
      // After a crash, the stored claim may cover packets that are not decided yet. The chain may have paid it since.
      const refusal = refused === "nonce_not_advancing" && account.holdsClaim(claim)
        ? null
        : refused;
      if (account.dead) throw new Error("the account is being read again");
      const tip = { nonce: claim.nonce, cumulative: claim.transferredAmount };
      const waiting = account.covered.coveredBy(claim.nonce);
      if (refusal !== null) {
        for (const { live } of waiting) this.refuse(account, live, refusal);
        return refusal;
      }
      const isNew = ({ live }: CoveredPacket) => live.row.nonce > account.tip.nonce;
      const covered = waiting.filter(isNew);
      const overtaken = [
        ...waiting.filter((packet) => !isNew(packet)),
        ...account.covered.overtaken(claim.nonce),
      ];
      for (const { live } of covered) {
        // The packet may have expired while it waited, so its time is that of its claim.
        live.row = { ...live.row, receivedAtMs: row.receivedAtMs };
        account.admit(live.row, { ...tip, nonce: live.row.nonce }, live);
      }
      return { live: account.admit(row, tip), covered, overtaken };
    });
  }

  /** Takes a packet whose claim comes later. */
  wait(
    account: ReceiverAccount,
    claim: CoveredClaim,
    row: IncomingPacketRow,
    prepare: Prepare | null,
  ): Promise<ClaimRefusal | "full" | Known> {
    return account.inTurn("claimTurn", async () => {
      const known = await this.#known(account, row);
      if (known !== null) return known;
      if (account.full || account.covered.full) return "full";
      if (claim.coveredBy > account.tip.nonce + MAX_NONCE_AHEAD) return "nonce_too_far";
      const live = liveRow(row, "deciding");
      account.covered.add({ live, prepare, coveredBy: claim.coveredBy });
      reached("receiver.waits");
      return { live };
    });
  }

  /** A packet that the account has with exactly these bytes. For a sender that has proved nothing, so it changes nothing. */
  async known(account: ReceiverAccount, row: IncomingPacketRow): Promise<Known | null> {
    const live = account.find(row.nonce);
    if (live === undefined) return await this.#stored(account, row);
    return sameHash(live.row.hash, row.hash) ? { live } : null;
  }

  /** Q1. Null if the packet's nonce is new. */
  async #known(
    account: ReceiverAccount,
    row: IncomingPacketRow,
  ): Promise<"nonce_not_advancing" | Known | null> {
    if (account.dead) throw new Error("the account is being read again");
    const { nonce, hash } = row;
    const live = account.find(nonce);
    if (live) return sameHash(live.row.hash, hash) ? { live } : "nonce_not_advancing";
    const waiting = account.covered.find(nonce);
    if (waiting && sameHash(waiting.row.hash, hash)) return { live: waiting };
    // Nothing of a waiting packet is stored, so another packet may have its nonce: its payer may have lost it too.
    account.covered.drop(nonce);
    if (nonce > account.tip.nonce) return null;
    return await this.#stored(account, row) ?? "nonce_not_advancing";
  }

  /** The stored answer to a packet with these bytes. */
  async #stored(
    { channelId }: ReceiverAccount,
    { nonce, hash }: IncomingPacketRow,
  ): Promise<Known | null> {
    const stored = await this.deps.store.incoming(channelId, nonce);
    const again = stored !== null && stored.answer !== null && sameHash(stored.hash, hash);
    return again ? { answer: stored.answer! } : null;
  }

  async #newAccount(claim: Claim): Promise<ReceiverAccount | ClaimRefusal> {
    const refusal = await this.#gate.check(claim, { nonce: 0, cumulative: 0n });
    return refusal ?? await this.held.account(claim.channelId, claim.signerAddress);
  }
}

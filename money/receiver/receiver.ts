/**
 * The receiver of all channels that pay us (docs/money.md#packets Q1 to Q5). It looks in its rows first, then checks the claim, then the
 * packet. One commit stores claim and decision. The same commit or a later one stores effect and outcome. Only then is the answer sent.
 *
 * Held: the accounts in use, each with its undecided and held packets. The credit of their claims limits them.
 *
 * @module
 */
import { wireOf } from "../../protocols/wires/wires.ts";
import { codeText, messageOf } from "../../base/thrown.ts";
import { type Claim, parseClaim } from "../../protocols/evm/claim.ts";
import type { Prepare } from "../../protocols/ilp/packet.ts";
import type { IncomingPacketRow } from "../../store/store.ts";
import {
  type CoveredClaim,
  MAX_COVERED,
  readCoveredClaim,
} from "../../protocols/evm/covered_claim.ts";
import type { ClaimRefusal, ClaimState } from "../claims/claim_ack.ts";
import { checkToken, type ClaimTip } from "../claims/claim_check.ts";
import { ClaimIntake, type TellRefused } from "./claim_intake.ts";
import { HeldPackets } from "./held_packets.ts";
import { PacketDecisions } from "./packet_decisions.ts";
import { ask, type LiveRow, newRow, type Reply, tell } from "./live_row.ts";
import type { ReceiverAccount } from "./receiver_account.ts";
import type {
  PayingAccount,
  ReceivedPacket,
  ReceiverDeps,
  ReceiverOptions,
  ReceiverStatus,
} from "./receiver_options.ts";
import { Refusals } from "./refusals.ts";
import { packetHash } from "./packet_hash.ts";
import { foreignClaim } from "./foreign_claim.ts";
import { untilPaced } from "./refusal_pace.ts";
import { FreePackets } from "./free_packets.ts";

/** Receives packets. */
export class Receiver {
  readonly held: HeldPackets;
  readonly #intake: ClaimIntake;
  readonly #refusals: Refusals;
  readonly #decisions: PacketDecisions;
  readonly #free: FreePackets;

  private constructor(readonly options: ReceiverOptions, readonly deps: ReceiverDeps) {
    this.#refusals = new Refusals(options.ilpAddress, deps.codec);
    this.#decisions = new PacketDecisions(options, deps, this.#refusals);
    this.#free = new FreePackets(options, deps, this.#decisions, this.#refusals);
    this.held = new HeldPackets(deps, this.#refusals);
    this.#intake = new ClaimIntake(options, deps, this.held, this.#tellRefused);
  }

  /** Loads the accounts from the store. {@link HeldPackets.resume} later processes their held packets again. */
  static async open(options: ReceiverOptions, deps: ReceiverDeps): Promise<Receiver> {
    const receiver = new Receiver(options, deps);
    await receiver.held.load();
    return receiver;
  }

  /** The answer to a packet. Null sends nothing, because the outcome is not known yet; the payer then asks again. Never throws. */
  async receive(packet: ReceivedPacket, from: PayingAccount): Promise<Reply> {
    try {
      const reply = await this.#receive(packet, from);
      if (reply?.ack?.result !== "accepted" || !isBound(from)) return reply;
      return { ...reply, ack: { ...reply.ack, covers: MAX_COVERED } };
    } catch (error) {
      // The store or the chain failed. Nothing was decided, so no answer is sent.
      this.deps.log("error", "packet not decided", { code: codeText(error) });
      return null;
    }
  }

  /** An account's figures with its best claim. Null if the sender has no such account, or if it may have several and names none. */
  async claimState(from: PayingAccount, asked: string | null = null): Promise<ClaimState | null> {
    if (
      from.kind === "channel" && from.channelId !== null &&
      (asked ?? from.channelId) !== from.channelId
    ) {
      return null;
    }
    const channelId = from.kind === "trust" ? trustId(from.name) : from.channelId ?? asked;
    if (channelId === null) return null;
    const account = await this.held.existing(channelId);
    if (account !== null && from.kind === "channel" && from.channelId === null) {
      if (account.peer.toLowerCase() !== from.payer) return null;
    }
    return account === null
      ? { nonce: 0, credited: 0n, spent: 0n, held: 0n, claim: null }
      : { ...account.figures, nonce: account.claimedNonce, claim: account.row.bestClaim };
  }

  /** The status of every account. */
  status(): ReceiverStatus[] {
    return [...this.held.accounts()].map((account) => ({
      channelId: account.channelId,
      peer: account.peer,
      heldPackets: account.held().length,
      ...account.figures,
    }));
  }

  /** Waits for running commits. Nothing is decided afterwards. */
  async close(): Promise<void> {
    await this.held.close();
  }

  async #receive(packet: ReceivedPacket, from: PayingAccount): Promise<Reply> {
    const prepare = this.#decode(packet.prepare);
    if (packet.claim === null) {
      if (prepare?.amount === 0n) return await this.#free.answer(prepare, packet.free);
      if (from.kind === "trust") return await this.#trusted(packet.prepare, prepare, from);
      return this.#refusals.claim("claim_missing", null);
    }
    const hash = packetHash(packet.claim, packet.prepare);
    const unsigned = readCoveredClaim(packet.claim);
    if (unsigned !== null) return await this.#covered(packet, prepare, unsigned, from, hash);
    let claim: Claim;
    try {
      claim = parseClaim(packet.claim);
    } catch (error) {
      return this.#refusals.claim("claim_malformed", null, messageOf(error));
    }
    const token = checkToken(claim, mustNameToken(packet), this.options.tokenAddress);
    if (token !== null) return this.#refusals.claim(token.reason, null, token.detail);
    if (from.kind === "trust") return this.#refusals.claim("wrong_channel", null);
    if (from.channelId !== null && from.channelId !== claim.channelId) {
      return this.#refusals.claim("wrong_channel", null);
    }
    // The claim's check compares this name with its signature and the chain.
    if (from.payer && from.payer !== claim.signerAddress.toLowerCase()) {
      return this.#refusals.claim("wrong_channel", null);
    }
    const tip = { nonce: claim.nonce, cumulative: claim.transferredAmount };
    const account = await this.#intake.account(claim.channelId, claim);
    if (typeof account === "string") return this.#refusals.claim(account, null);
    // A sender that names another's channel learns nothing about it, not even its nonce.
    const foreign = await foreignClaim(this.deps, account, claim, from, hash);
    if (foreign !== null) return this.#refusals.claim(foreign, null);
    const row = this.#row(claim.channelId, claim.nonce, hash, packet.prepare, prepare);
    const good = claim.nonce > account.tip.nonce && claim.signerAddress === account.peer
      ? this.deps.signatures?.isGood(claim) ?? null
      : null;
    const taken = await this.#intake.take(account, claim, row, good);
    if (taken === "full") return null;
    if (typeof taken === "string") return await this.#refused(account, taken);
    if ("answer" in taken) return account.accepted(taken.answer);
    if ("covered" in taken) {
      // The signed claim counts from the first packet that it covers on, so that nothing is delivered before the claim is stored.
      for (const { live, prepare } of taken.covered) {
        const covered = { ...tip, nonce: live.row.nonce };
        this.#decideLater(account, live, prepare, covered, packet.claim, null);
      }
      this.#decideLater(account, taken.live, prepare, tip, packet.claim, null);
      for (const { live } of taken.overtaken) {
        this.#tellRefused(account, live, "nonce_not_advancing");
      }
    }
    return await ask(taken.live);
  }

  /** A packet whose claim has no signature. It is accepted only on a session that has proved whose account it pays into. */
  async #covered(
    { prepare: bytes }: ReceivedPacket,
    prepare: Prepare | null,
    claim: CoveredClaim,
    from: PayingAccount,
    hash: Uint8Array,
  ): Promise<Reply> {
    if (from.kind === "trust") return this.#refusals.claim("wrong_channel", null);
    if (from.channelId !== null && from.channelId !== claim.channelId) {
      return this.#refusals.claim("wrong_channel", null);
    }
    const account = await this.#intake.account(claim.channelId, null);
    // An account that is lost may have had the packet. Its payer sends it again, and the signed claim makes the account.
    if (typeof account === "string") return null;
    if (from.payer && account.peer.toLowerCase() !== from.payer) {
      return this.#refusals.claim("wrong_channel", null);
    }
    const row = this.#row(claim.channelId, claim.nonce, hash, bytes, prepare);
    // Without a proof, a session gets the answer to a packet that is known. For any other, the payer asks again when it has proved.
    const taken = isBound(from)
      ? await this.#intake.wait(account, claim, row, prepare)
      : await this.#intake.known(account, row);
    if (taken === "full" || taken === null) return null;
    if (typeof taken === "string") return await this.#refused(account, taken);
    return "answer" in taken ? account.accepted(taken.answer) : await ask(taken.live);
  }

  readonly #tellRefused: TellRefused = (account, packet, reason) => {
    void this.#refused(account, reason).then((reply) => tell(packet, reply));
  };

  /** The refusal of a claim, with the figures of its account. */
  async #refused(account: ReceiverAccount, reason: ClaimRefusal): Promise<Reply> {
    // A packet with a higher nonce may not be durable yet. This one is refused only after that, because a crash could still allow it.
    if (reason === "nonce_not_advancing" && !await this.held.quiet(account)) return null;
    return this.#refusals.claim(reason, account.figures);
  }

  /** Q3 and Q4, in order of arrival. Meanwhile packets are inspected. */
  #decideLater(
    account: ReceiverAccount,
    packet: LiveRow,
    prepare: Prepare | null,
    tip: ClaimTip,
    claim: Uint8Array | null,
    limit: bigint | null,
  ): void {
    const { reserved } = this.held;
    // Looked up before its turn, because a turn that waits for the store delays all later packets.
    const looked = this.#decisions.look(packet.row, prepare).then((seen) =>
      [seen, "obligation" in seen ? reserved.look(seen.obligation, packet.row) : null] as const
    );
    void account.inTurn("decideTurn", async () => {
      const [seen, lookup] = await looked;
      await untilPaced(account, this.options.refusals, this.deps.timers);
      const free = lookup === null ? { paid: null } : await reserved.reserve(lookup);
      const give = () => {
        if (!("obligation" in seen)) return;
        reserved.release(seen.obligation, packet.row);
        seen.release?.();
      };
      if (account.dead) return give();
      account.credit(tip, claim);
      const figures = { available: account.available(limit), held: account.figures.held };
      const answer = this.#decisions.decide(prepare, seen, free, figures);
      if (answer !== null) {
        give();
        this.held.refused(account, packet, answer);
      } else if ("obligation" in seen) {
        this.held.hold(account, packet, prepare!, seen.obligation);
      }
    }).catch((error) => {
      this.deps.log("error", "packet not decided", { code: codeText(error) });
      this.held.reload(account);
    });
  }

  /** Receives a packet of a peer without claims. Its packets get nonces here, and the amount that it may owe is fixed. */
  async #trusted(
    bytes: Uint8Array,
    prepare: Prepare | null,
    from: Extract<PayingAccount, { kind: "trust" }>,
  ): Promise<Reply> {
    const account = await this.held.account(trustId(from.name), from.name);
    if (account.full) return null;
    const nonce = account.tip.nonce + 1;
    const row = this.#row(
      account.channelId,
      nonce,
      packetHash(new Uint8Array(0), bytes),
      bytes,
      prepare,
    );
    const tip = { nonce, cumulative: from.units };
    const live = account.admit(row, tip);
    this.#decideLater(account, live, prepare, tip, null, from.units);
    return await ask(live);
  }

  #row(
    channelId: string,
    nonce: number,
    hash: Uint8Array,
    bytes: Uint8Array,
    prepare: Prepare | null,
  ): IncomingPacketRow {
    const receivedAtMs = this.deps.timers.now();
    return newRow({ channelId, nonce, hash, prepare: bytes, receivedAtMs }, prepare);
  }

  #decode(bytes: Uint8Array): Prepare | null {
    try {
      const packet = this.deps.codec.decodePacket(bytes);
      return packet.type === "prepare" ? packet : null;
    } catch {
      return null;
    }
  }
}

/** The account id of a peer without claims. */
export function trustId(name: string): string {
  return `session:${name}`;
}

/** Whether the session has proved whose account it pays into. */
function isBound(from: PayingAccount): boolean {
  return from.kind === "channel" && (from.channelId !== null || Boolean(from.payer));
}

function mustNameToken({ wire }: ReceivedPacket): boolean {
  return wire !== undefined && wireOf(wire).claimNamesToken;
}

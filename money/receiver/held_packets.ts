/**
 * The accounts of a receiver and their held packets. It processes held packets, commits their outcomes, answers their senders, and reads an
 * account again from the store when a commit fails. It is also the incoming side of forwarded packets (docs/money.md#forwarding).
 *
 * @module
 */
import { codeText } from "../../base/thrown.ts";
import type { PacketOutcomeState } from "../../protocols/ilp/packet_state.ts";
import type { Prepare } from "../../protocols/ilp/packet.ts";
import { reached } from "../../base/crash_point.ts";
import type { Change, IncomingPacketRow, OutgoingPacketRow } from "../../store/store.ts";
import type { IncomingRef } from "./delivery.ts";
import type { Linked } from "../payer/payer_options.ts";
import type { LiveRow } from "./live_row.ts";
import { ReceiverAccount } from "./receiver_account.ts";
import type { ReceiverDeps } from "./receiver_options.ts";
import type { Refusals } from "./refusals.ts";
import type { Effect } from "./terminal.ts";
import { Reservations } from "./reservations.ts";

const REDO_FIRST_MS = 1_000;
const REDO_MAX_MS = 60_000;

/** The accounts of one receiver. */
export class HeldPackets implements Linked {
  readonly #accounts = new Map<string, ReceiverAccount>();
  readonly #loading = new Map<string, Promise<ReceiverAccount>>();
  readonly #commits = new Map<ReceiverAccount, Set<Promise<unknown>>>();
  /** The obligations that a held or undecided packet would pay. */
  readonly reserved: Reservations;
  /** The deliveries that are running. */
  readonly #running = new Map<string, Promise<Effect | "later">>();
  #resumed = false;
  #stopped = false;

  /** It is empty until {@link load}. */
  constructor(readonly deps: ReceiverDeps, readonly refusals: Refusals) {
    this.reserved = new Reservations(deps.store);
  }

  /** Reads every account that holds packets. */
  async load(): Promise<void> {
    const held = await this.deps.store.heldIncoming();
    for (const channelId of new Set(held.map((row) => row.channelId))) {
      await this.account(channelId, "");
    }
  }

  /** Processes held packets again. A terminal repeats their effect, a connector forwards or refuses them (docs/money.md#packets). */
  resume(): void {
    this.#resumed = true;
    for (const account of this.#accounts.values()) this.#redoAll(account);
  }

  /** The loaded accounts. */
  accounts(): Iterable<ReceiverAccount> {
    return this.#accounts.values();
  }

  /** The account, if the channel has paid us before. Otherwise null. */
  async existing(channelId: string): Promise<ReceiverAccount | null> {
    const known = this.#accounts.get(channelId) ?? this.#loading.get(channelId);
    if (known !== undefined) return await known;
    if (await this.deps.store.receiverChannel(channelId) === null) return null;
    return await this.account(channelId, "");
  }

  /** The account. It is made if it is new. */
  async account(channelId: string, peer: string): Promise<ReceiverAccount> {
    const known = this.#accounts.get(channelId) ?? this.#loading.get(channelId);
    if (known !== undefined) return await known;
    return await this.#load(channelId, peer, []);
  }

  /** Write 1 of a refused packet, then its answer. */
  refused(account: ReceiverAccount, packet: LiveRow, answer: Uint8Array): void {
    const changes = account.refuse(packet, answer);
    this.#commit(account, changes, () => account.settled(packet));
  }

  /** Write 1 of a held packet, then its delivery. A delivery without an effect of its own starts at once, and may share the commit of write 1. */
  hold(account: ReceiverAccount, packet: LiveRow, prepare: Prepare, obligation: string): void {
    const changes = account.hold(packet, obligation);
    const deliver = () => void this.#deliver(account, packet, prepare, 0);
    const prepared = this.deps.delivery.isPrepared?.(prepare) === true;
    this.#commit(account, changes, prepared ? () => {} : deliver);
    if (prepared) deliver();
  }

  /** Write 2 of a held packet with a decision made here. False if the packet already has an outcome or is not held here. */
  settle(
    ref: IncomingRef,
    state: PacketOutcomeState,
    answer: Uint8Array,
    more: readonly Change[] = [],
  ): boolean {
    const account = this.#accounts.get(ref.channelId);
    const packet = account?.find(ref.nonce);
    if (account === undefined || packet?.stage !== "held") return false;
    const changes = account.settle(packet, state, answer);
    this.#commit(account, [...changes, ...more], () => this.#told(account, packet));
    return true;
  }

  /** Resolves when every admitted packet is decided and durable. False if the account was discarded meanwhile. */
  async quiet(account: ReceiverAccount): Promise<boolean> {
    await account.decideTurn;
    await Promise.all([...this.#commits.get(account) ?? []]);
    return !account.dead;
  }

  /** The rows that are held now, for checks of their age. */
  heldRows(): IncomingPacketRow[] {
    return [...this.#accounts.values()].flatMap((account) =>
      account.held().map((packet) => packet.row)
    );
  }

  /** Discards the account and reads it again, because the store failed. */
  reload(account: ReceiverAccount): void {
    if (account.dead) return;
    account.kill();
    const { channelId } = account;
    this.#accounts.delete(channelId);
    this.reserved.forget(channelId);
    const pending = [...this.#commits.get(account) ?? []];
    this.#commits.delete(account);
    if (this.#stopped) return;
    void this.#load(channelId, account.peer, pending).catch(() => {});
  }

  /** Waits for running commits. */
  async close(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#commits.values()].flatMap((pending) => [...pending]));
    for (const account of this.#accounts.values()) account.kill();
  }

  /** See {@link Linked.ready}. */
  async ready(incoming: IncomingRef): Promise<void> {
    await this.existing(incoming.channelId);
  }

  /** See {@link Linked.ledgerOf}. */
  ledgerOf(next: OutgoingPacketRow): object | null {
    return this.#incoming(next)?.account ?? null;
  }

  /** See {@link Linked.issueChanges}. */
  issueChanges(next: OutgoingPacketRow): readonly Change[] {
    const found = this.#incoming(next);
    if (found?.packet.stage !== "held") {
      throw new Error(`incoming packet of outgoing ${next.nonce} is not held any more`);
    }
    return found.account.link(found.packet, { channelId: next.channelId, nonce: next.nonce });
  }

  /** See {@link Linked.closeChanges}. The incoming row gets the next hop's answer. */
  closeChanges(next: OutgoingPacketRow): readonly Change[] {
    const found = this.#incoming(next);
    if (next.state === "open" || found === null) return [];
    // A packet that is fulfilled only by evidence has no preimage for its sender. The write-off answers the sender.
    if (next.state === "fulfilled" && next.answer === null) return [];
    const answer = next.answer ?? this.refusals.reject("R00", "The next hop gave no answer");
    return found.account.settle(found.packet, next.state, answer);
  }

  /** See {@link Linked.claimRefused}. */
  claimRefused(): Uint8Array {
    return this.refusals.reject("T01", "The next hop did not accept this hop's claim");
  }

  /** See {@link Linked.writeOffChanges}. */
  writeOffChanges(next: OutgoingPacketRow, answer: Uint8Array): readonly Change[] {
    const found = this.#incoming(next);
    return found === null ? [] : found.account.settle(found.packet, "refused", answer);
  }

  /** See {@link Linked.committing}. */
  committing(next: OutgoingPacketRow, done: Promise<boolean>): void {
    const found = this.#incoming(next);
    if (found === null) return;
    const { account, packet } = found;
    this.#track(account, done);
    void done.then((durable) => {
      if (!durable) this.reload(account);
      else if (packet.stage === "settled" && !packet.durable) this.#told(account, packet);
    });
  }

  #incoming(next: OutgoingPacketRow): { account: ReceiverAccount; packet: LiveRow } | null {
    if (next.incoming === null) return null;
    const account = this.#accounts.get(next.incoming.channelId);
    const packet = account?.find(next.incoming.nonce);
    return account && packet ? { account, packet } : null;
  }

  #told(account: ReceiverAccount, packet: LiveRow): void {
    if (account.dead) return;
    if (packet.row.obligation !== null) this.reserved.release(packet.row.obligation, packet.row);
    account.settled(packet);
  }

  async #deliver(
    account: ReceiverAccount,
    packet: LiveRow,
    prepare: Prepare,
    attempt: number,
  ): Promise<void> {
    if (account.dead || packet.delivering || packet.stage !== "held" || this.#stopped) return;
    packet.delivering = true;
    try {
      reached("receiver.before_effect");
      const effect = await this.#effect(packet.row, prepare);
      if (effect === "later" || account.dead) return;
      reached("receiver.after_effect");
      const { state, answer } = this.refusals.effect(effect, prepare.condition);
      const kept = state === "fulfilled" || "reject" in effect ? effect.changes ?? [] : [];
      this.settle(packet.row, state, answer, kept);
    } catch (error) {
      packet.delivering = false;
      const { channelId, nonce } = packet.row;
      const code = codeText(error);
      this.deps.log("warn", "held packet will be tried again", { channel: channelId, nonce, code });
      const waitMs = Math.min(REDO_MAX_MS, REDO_FIRST_MS * 2 ** Math.min(attempt, 16));
      this.deps.timers.after(
        waitMs,
        () => void this.#deliver(account, packet, prepare, attempt + 1),
      );
    }
  }

  /** Delivers a packet with one call at a time, even if its account was read again while the first call runs. */
  async #effect(row: IncomingPacketRow, prepare: Prepare): Promise<Effect | "later"> {
    const key = `${row.channelId}/${row.nonce}`;
    const running = this.#running.get(key) ?? this.deps.delivery.deliver(row, prepare);
    this.#running.set(key, running);
    try {
      return await running;
    } finally {
      if (this.#running.get(key) === running) this.#running.delete(key);
    }
  }

  #redoAll(account: ReceiverAccount): void {
    for (const packet of account.held()) {
      const prepare = this.deps.codec.decodePacket(packet.row.prepare);
      if (prepare.type === "prepare") void this.#deliver(account, packet, prepare, 0);
    }
  }

  async #load(
    channelId: string,
    peer: string,
    pending: readonly Promise<unknown>[],
  ): Promise<ReceiverAccount> {
    const loading = (async () => {
      const { store, timers } = this.deps;
      if (pending.length > 0) {
        await Promise.allSettled(pending);
        await new Promise<void>((resolve) => timers.after(REDO_FIRST_MS, resolve));
      }
      const row = await store.receiverChannel(channelId);
      const held = await store.heldIncoming(channelId);
      const account = new ReceiverAccount(channelId, peer, row, held);
      for (const { obligation, nonce } of held) {
        if (obligation !== null) this.reserved.take(obligation, { channelId, nonce });
      }
      this.#accounts.set(channelId, account);
      if (this.#resumed) this.#redoAll(account);
      return account;
    })().finally(() => this.#loading.delete(channelId));
    this.#loading.set(channelId, loading);
    return await loading;
  }

  #commit(account: ReceiverAccount, changes: readonly Change[], then: () => void): void {
    const done = this.deps.lane.commit(changes, [account]).then(() => {
      if (!account.dead) then();
    }, (error) => {
      const code = codeText(error);
      this.deps.log("error", "store failed under a packet; reading it again", {
        channel: account.channelId,
        code,
      });
      this.reload(account);
    });
    this.#track(account, done);
  }

  #track(account: ReceiverAccount, done: Promise<unknown>): void {
    const pending = this.#commits.get(account) ?? new Set();
    this.#commits.set(account, pending);
    pending.add(done);
    void done.finally(() => pending.delete(done));
  }
}

/**
 * Carries signed packets (docs/money.md#packets P1, P2, P4): commits them before they are sent, sends them in nonce order and again until an
 * answer closes them, and commits what came of each before anyone is told. When a commit fails, everything in memory is thrown
 * away and taken up again from the store.
 *
 * Held: the open packets of one channel, bounded by the window.
 *
 * @module
 */
import { codeText } from "../../base/thrown.ts";
import type { PacketOutcomeState } from "../../protocols/ilp/packet_state.ts";
import { reached } from "../../base/crash_point.ts";
import type { Change, OutgoingPacketRow } from "../../store/store.ts";
import type { IssuedClaims } from "./claim_source.ts";
import { AskAgain } from "./ask_again.ts";
import { foreignSigner, refusedForNonce } from "./foreign_signer.ts";
import { ForfeitBudget } from "./forfeit_budget.ts";
import { judgeAnswer } from "./judge_answer.ts";
import type { LinkAnswer, PacketLink } from "../claims/packet_link.ts";
import { dayOf, PayerLedger, startOfDayMs } from "./payer_ledger.ts";
import type { PayerDeps, PayerOptions } from "./payer_options.ts";

const RELOAD_MS = 1_000;
/** How often it is looked whether the store has closed packets without us: the channel manager, by what the contract paid. */
const LOOK_MS = 30_000;

/** What the payer is told. */
interface PacketSenderEvents {
  /** The row's outcome is durable. */
  onClosed(packet: OutgoingPacketRow): void;
  /** Figures changed so that more may fit. */
  onRoom(): void;
  /** The store failed: nobody knows what is open until it was read again. */
  onLost(reason: string): void;
}

/** One channel's sender. */
export class PacketSender {
  ledger: PayerLedger;
  forfeits: ForfeitBudget;
  link: PacketLink | null = null;
  keepsCredit: boolean;
  halted: string | null = null;
  noise = 0;
  readonly #ask: AskAgain;
  readonly #tickMs: number;
  readonly #durable = new Set<number>();
  readonly #closing = new Set<number>();
  /** Packets that went out on this link. */
  readonly #asked = new Set<number>();
  readonly #commits = new Set<Promise<boolean>>();
  readonly #idle = new Set<() => void>();
  #sending: Promise<void> = Promise.resolve();
  #wantedLink: PacketLink | null = null;
  #broken = false;
  #stopped = false;
  #cancelTick: (() => void) | null = null;
  #lookedAtMs: number | null = null;

  /** Empty until {@link load}. */
  constructor(
    readonly options: PayerOptions,
    readonly deps: PayerDeps,
    readonly events: PacketSenderEvents,
  ) {
    const [firstMs, maxMs] = options.askAgainMs ?? [1_000, 60_000];
    this.#ask = new AskAgain(firstMs, maxMs);
    this.#tickMs = firstMs;
    this.keepsCredit = options.peerRule === "credit";
    this.ledger = new PayerLedger(options.channelId, options.peer, null, []);
    this.forfeits = new ForfeitBudget(options.maxForfeitUnits ?? 0n, null);
  }

  /** Reads the channel from the store. */
  async load(): Promise<void> {
    const { store, timers } = this.deps;
    const { channelId, peer, maxForfeitUnits } = this.options;
    const day = dayOf(timers.now());
    const row = await store.payerChannel(channelId);
    const open = await store.openOutgoing(channelId);
    const lost = await store.cursor(this.#cursorName());
    const units = await store.writtenOff(channelId, startOfDayMs(day));
    const issued = this.ledger.nonce;
    this.ledger = new PayerLedger(channelId, peer, row, open, { day, units });
    while (this.ledger.nonce < issued) this.ledger.skipNonce();
    this.forfeits = new ForfeitBudget(maxForfeitUnits ?? 0n, lost);
    this.#durable.clear();
    for (const packet of open) this.#durable.add(packet.nonce);
    this.#broken = false;
  }

  /** Open packets go out on the new link, in nonce order, before anything new. */
  attach(link: PacketLink): void {
    if (this.#stopped) return;
    this.#wantedLink = link;
    if (this.#broken) return;
    this.link = link;
    this.#asked.clear();
    this.askAll();
  }

  /** The link, or any link, is gone. */
  detach(link?: PacketLink): void {
    if (link !== undefined && link !== this.#wantedLink) return;
    this.link = null;
    this.#wantedLink = null;
  }

  /** W1, then the frames, in nonce order whichever commit ends first. Resolves when the commit ended. */
  dispatch(
    packets: readonly OutgoingPacketRow[],
    snapshot: IssuedClaims["snapshot"],
  ): Promise<unknown> {
    const { ledger } = this;
    const committed = this.#commit(() => [
      ...packets.flatMap((row): Change[] => [
        { op: "putOutgoing", row, expect: "absent" },
        ...(row.incoming ? this.deps.linked?.issueChanges(row) ?? [] : []),
      ]),
      { op: "putPayerChannel", row: ledger.row },
      ...(snapshot ? [{ op: "putSnapshot" as const, ...snapshot }] : []),
    ], packets);
    for (const packet of packets) {
      if (packet.incoming) this.deps.linked?.committing(packet, committed);
    }
    this.#sending = this.#sending.then(async () => {
      if (!await committed || ledger !== this.ledger) return;
      for (const packet of packets) {
        this.#durable.add(packet.nonce);
        this.#send(packet);
      }
      this.#tickLater();
    });
    return committed;
  }

  /** Whether this packet is open here, so that its answer will be told. */
  adopt(nonce: number): boolean {
    return this.ledger.open.has(nonce);
  }

  /** Whether these figures are still the ones to go on with: the store did not fail under them. */
  holds(ledger: PayerLedger): boolean {
    return !this.#broken && ledger === this.ledger;
  }

  /** All commits under way have ended. */
  async settled(): Promise<void> {
    await Promise.all([...this.#commits]);
    if (this.#broken && !this.#stopped) {
      await new Promise<void>((resolve) => this.deps.timers.after(RELOAD_MS, resolve));
    }
  }

  /**
   * Answers the previous hop of an open packet with `answer`, at our loss; `more` is the same commit. The packet stays open, in the
   * window, and is asked for again. `later`: the amount is not allowed, figures are being read again, or it is being closed.
   */
  writeOff(
    nonce: number,
    answer: Uint8Array,
    more: readonly Change[],
    allows: (amount: bigint) => boolean,
  ): "written_off" | "later" | "not_open" {
    const { linked, timers } = this.deps;
    const packet = this.ledger.open.get(nonce);
    if (packet === undefined || linked === undefined) return "not_open";
    if (this.#broken || this.#closing.has(nonce) || !this.#durable.has(nonce)) return "later";
    if (packet.writtenOffAtMs !== null || !allows(packet.amount)) return "later";
    const settled = linked.writeOffChanges(packet, answer);
    if (settled.length === 0) return "later";
    const marked = this.ledger.writeOff(nonce, timers.now())!;
    const { channelId } = packet;
    const change: Change = { op: "writeOff", channelId, nonce, atMs: marked.writtenOffAtMs! };
    linked.committing(marked, this.#commit(() => [change, ...settled, ...more], [marked]));
    return "written_off";
  }

  /** Everything open is sent again now. */
  askAll(): void {
    this.#ask.reset();
    this.#tick();
  }

  /** Resolves when nothing is open and nothing is being committed, or when `signal` aborts. */
  idle(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        const quiet = !this.#broken && this.ledger.open.size === 0 && this.#commits.size === 0;
        if (!quiet && !signal?.aborted && !this.#stopped) return;
        this.#idle.delete(check);
        signal?.removeEventListener("abort", check);
        resolve();
      };
      this.#idle.add(check);
      signal?.addEventListener("abort", check);
      check();
    });
  }

  /** Nothing is signed on this channel any more; open packets are still asked for. */
  halt(reason: string): void {
    if (this.halted !== null) return;
    this.halted = reason;
    this.deps.log("error", "channel halted", { channel: this.ledger.channelId, reason });
    this.deps.onHalt?.(this.ledger.channelId, reason);
    this.events.onRoom();
  }

  /** Ends the timers and waits for what is being written. */
  async close(): Promise<void> {
    this.#stopped = true;
    this.detach();
    this.#cancelTick?.();
    await this.#sending;
    await Promise.all([...this.#commits]);
    this.#checkIdle();
  }

  #send(packet: OutgoingPacketRow): void {
    const { link } = this;
    if (link === null || this.#strictlyOver(packet)) return;
    // A strict peer may refuse a repetition while it still works on the first: one question a session, which answers it.
    if (!this.keepsCredit && this.#asked.has(packet.nonce)) return;
    this.#asked.add(packet.nonce);
    this.#ask.sent(packet.nonce, this.deps.timers.now());
    const { claim, prepare } = packet;
    reached("payer.before_send");
    void link.send({ claim, prepare }).then((answer) => this.#answered(packet.nonce, answer));
    reached("payer.sent");
  }

  async #answered(nonce: number, answer: LinkAnswer | null): Promise<void> {
    const packet = this.ledger.open.get(nonce);
    if (answer === null || packet === undefined || this.#closing.has(nonce)) return;
    const verdict = judgeAnswer(answer, packet.condition, this.deps.codec);
    if (verdict.verdict === "noise") {
      this.noise += 1;
      const { channelId } = packet;
      this.deps.log("warn", "answer is none", { channel: channelId, nonce, why: verdict.why });
      return;
    }
    reached("payer.answered");
    const refused = verdict.verdict === "refused";
    const claimed = packet.claim.length > 0;
    if (answer.ack !== null) {
      this.keepsCredit = true;
      if (claimed) await this.#watch(packet, answer.ack);
    } else if (refused && claimed) {
      this.keepsCredit = false;
    }
    const forfeit = refused && claimed && answer.ack === null;
    await this.#close(packet, refused ? "refused" : "fulfilled", answer.packet, forfeit);
  }

  async #watch(packet: OutgoingPacketRow, ack: NonNullable<LinkAnswer["ack"]>): Promise<void> {
    const { nonce, signed } = this.ledger.row;
    const foreign = foreignSigner(ack, { nonce, signed });
    if (foreign !== null) return this.halt(foreign);
    if (ack.result !== "rejected") return;
    const watermark = this.ledger.open.get(ack.nonce) ??
      await this.deps.store.outgoing(packet.channelId, ack.nonce).catch(() => null);
    if (refusedForNonce(ack, packet, watermark)) {
      this.halt(`the peer saw another packet with nonce ${packet.nonce} or above it`);
    }
  }

  /** W2. */
  async #close(
    packet: OutgoingPacketRow,
    state: PacketOutcomeState,
    answer: Uint8Array | null,
    forfeit: boolean,
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
    const closed = this.ledger.close(nonce, state, answer, forfeit);
    if (closed === null) return;
    this.#ask.forget(nonce);
    this.#durable.delete(nonce);
    this.#asked.delete(nonce);
    if (forfeit) this.forfeits.lose(packet.amount, timers.now());
    const committed = this.#commit(() => [
      { op: "putOutgoing", row: closed, expect: "open", forfeit },
      { op: "putPayerChannel", row: this.ledger.row },
      ...(incoming ? linked?.closeChanges(closed) ?? [] : []),
      ...(forfeit
        ? [{ op: "setCursor" as const, name: this.#cursorName(), value: this.forfeits.value }]
        : []),
    ], [closed]);
    if (incoming) linked?.committing(closed, committed);
    this.events.onRoom();
    if (!await committed) return;
    reached("payer.closed");
    this.events.onClosed(closed);
  }

  #tick(): void {
    const now = this.deps.timers.now();
    this.#lookedAtMs ??= now;
    if (Math.abs(now - this.#lookedAtMs) >= LOOK_MS) {
      this.#lookedAtMs = now;
      void this.#lookAgain().catch(() => undefined);
    }
    for (const packet of this.ledger.open.values()) {
      if (!this.#durable.has(packet.nonce)) continue;
      if (this.#strictlyOver(packet)) void this.#readBack(packet);
      else if (this.#ask.due(packet.nonce, now)) this.#send(packet);
    }
    this.#tickLater();
  }

  #tickLater(): void {
    if (this.#cancelTick !== null || this.#stopped || this.ledger.open.size === 0) return;
    this.#cancelTick = this.deps.timers.after(this.#tickMs, () => {
      this.#cancelTick = null;
      this.#tick();
    });
  }

  /** A strict peer is not asked again after expiry: it would count a second packet. */
  #strictlyOver(packet: OutgoingPacketRow): boolean {
    return !this.keepsCredit && this.deps.timers.now() >= packet.expiresAtMs;
  }

  async #readBack(packet: OutgoingPacketRow): Promise<void> {
    const found = await this.deps.evidence?.(packet).catch(() => "unknown" as const) ?? "unknown";
    if (this.ledger.open.get(packet.nonce) !== packet || !this.#strictlyOver(packet)) return;
    if (found === "found") return await this.#close(packet, "fulfilled", null, false);
    const overAtMs = packet.expiresAtMs + (packet.expiresAtMs - packet.createdAtMs);
    if (found === "not_found" && this.deps.timers.now() >= overAtMs) {
      await this.#close(packet, "refused", null, packet.claim.length > 0);
    }
  }

  #commit(
    changes: () => readonly Change[],
    packets: readonly OutgoingPacketRow[],
  ): Promise<boolean> {
    const { ledger } = this;
    let written: Promise<void>;
    try {
      const others = packets.flatMap((packet) => this.deps.linked?.ledgerOf(packet) ?? []);
      written = this.deps.lane.commit(changes(), [ledger, ...new Set(others)]);
    } catch (error) {
      written = Promise.reject(error);
    }
    const done = written.then(() => true, (error) => {
      if (ledger === this.ledger) this.#fail(error);
      return false;
    }).finally(() => {
      this.#commits.delete(done);
      this.#checkIdle();
    });
    this.#commits.add(done);
    return done;
  }

  /** Whether packets that are open here are closed in the store: then it is taken up again as it stands there. */
  async #lookAgain(): Promise<void> {
    const { ledger } = this;
    const stored = await this.deps.store.openOutgoing(ledger.channelId);
    const open = new Set(stored.map(({ nonce }) => nonce));
    const closed = [...ledger.open.keys()].some((nonce) =>
      this.#durable.has(nonce) && !open.has(nonce)
    );
    if (!closed || !this.holds(ledger) || this.#stopped) return;
    this.#broken = true;
    this.link = null;
    this.events.onLost("the channel is settled; the packet is looked up again");
    void this.#reload();
  }

  #fail(error: unknown): void {
    if (this.#broken || this.#stopped) return;
    this.#broken = true;
    this.link = null;
    this.deps.log("error", "store failed under a payment; reading it again", {
      channel: this.ledger.channelId,
      code: codeText(error),
    });
    this.events.onLost("the store failed; the packet is looked up again");
    this.deps.timers.after(RELOAD_MS, () => void this.#reload());
  }

  async #reload(): Promise<void> {
    await Promise.all([...this.#commits]);
    if (this.#stopped) return;
    try {
      await this.load();
    } catch {
      this.deps.timers.after(RELOAD_MS, () => void this.#reload());
      return;
    }
    if (this.#wantedLink !== null) this.attach(this.#wantedLink);
    this.events.onRoom();
    this.#checkIdle();
  }

  #checkIdle(): void {
    for (const check of [...this.#idle]) check();
  }

  #cursorName(): string {
    return `forfeit:${this.options.channelId}`;
  }
}

/**
 * Sends signed packets (docs/money.md#packets P1, P2, P4). It commits them first, sends them in the order of their nonces, and sends them
 * again until an answer closes them (packet_outcomes.ts). If a commit fails, everything in memory is discarded and read again from the
 * store.
 *
 * Held: the open packets of one channel, which the window limits.
 *
 * @module
 */
import { codeText } from "../../base/thrown.ts";
import { reached } from "../../base/crash_point.ts";
import type { Change, OutgoingPacketRow } from "../../store/store.ts";
import type { IssuedClaims } from "./claim_source.ts";
import { AskRounds } from "./ask_rounds.ts";
import { CommitsUnderWay } from "./commits_under_way.ts";
import { FiguresReload } from "./figures_reload.ts";
import { IdleWaiters } from "./idle_waiters.ts";
import type { PacketLink } from "../claims/packet_link.ts";
import { PacketOutcomes } from "./packet_outcomes.ts";
import { dayOf, PayerLedger, startOfDayMs } from "./payer_ledger.ts";
import type { PayerDeps, PayerOptions } from "./payer_options.ts";

/** The events for the payer. */
interface PacketSenderEvents {
  /** The row's outcome is durable. `renew`: only its claim was refused, and a new one may be accepted. */
  onClosed(packet: OutgoingPacketRow, renew: boolean): void;
  /** The figures changed so that more may fit into the window. */
  onRoom(): void;
  /** The store failed. It is not known which packets are open until the store was read again. */
  onLost(reason: string): void;
}

/** The packet sender of one channel. */
export class PacketSender {
  ledger: PayerLedger;
  link: PacketLink | null = null;
  halted: string | null = null;
  readonly outcomes: PacketOutcomes;
  readonly #ask: AskRounds;
  readonly #commits: CommitsUnderWay;
  readonly #reload: FiguresReload;
  readonly #idle = new IdleWaiters(() => this.#stopped || this.#isIdle());
  #sending: Promise<void> = Promise.resolve();
  #wantedLink: PacketLink | null = null;
  #stopped = false;

  /** It is empty until {@link load}. */
  constructor(
    readonly options: PayerOptions,
    readonly deps: PayerDeps,
    readonly events: PacketSenderEvents,
  ) {
    this.#ask = new AskRounds(deps.timers, options.askAgainMs ?? [1_000, 60_000], {
      open: () => this.ledger.open.values(),
      isOver: (packet) => this.outcomes.isOver(packet),
      send: (packet) => this.#send(packet),
      readBack: (packet) => void this.outcomes.readBack(packet),
      look: () => void this.#lookAgain().catch(() => undefined),
    });
    this.outcomes = new PacketOutcomes(options, deps, {
      ledger: () => this.ledger,
      commit: (changes, packets) => this.#commit(changes, packets),
      forget: (nonce) => this.#ask.forget(nonce),
      halt: (reason) => this.halt(reason),
      onRoom: () => events.onRoom(),
      onClosed: (packet, renew) => events.onClosed(packet, renew),
    });
    this.ledger = new PayerLedger(options.channelId, options.peer, null, []);
    this.#commits = new CommitsUnderWay(deps, {
      onFailed: (ledger, error) => {
        if (ledger === this.ledger) this.#fail(error);
      },
      onEnded: () => this.#idle.check(),
    });
    this.#reload = new FiguresReload(deps.timers, {
      commitsEnded: () => this.#commits.ended(),
      load: () => this.load(),
      loaded: () => this.#loaded(),
    });
  }

  /** Reads the channel from the store. */
  async load(): Promise<void> {
    const { store, timers } = this.deps;
    const { channelId, peer } = this.options;
    const day = dayOf(timers.now());
    const row = await store.payerChannel(channelId);
    const open = await store.openOutgoing(channelId);
    const lost = await store.cursor(this.outcomes.cursorName);
    const units = await store.writtenOff(channelId, startOfDayMs(day));
    const issued = this.ledger.nonce;
    this.ledger = new PayerLedger(channelId, peer, row, open, { day, units });
    while (this.ledger.nonce < issued) this.ledger.skipNonce();
    this.outcomes.load(lost);
    this.#ask.load(open);
  }

  /** Uses a new link. Open packets are sent on it in the order of their nonces, before any new packet. */
  attach(link: PacketLink): void {
    if (this.#stopped) return;
    this.#wantedLink = link;
    if (this.#reload.broken) return;
    this.link = link;
    // Another program may answer now. Its first answer says what it accepts.
    this.outcomes.covers = 0;
    this.#ask.newLink();
    this.askAll();
  }

  /** Stops using this link, or the current link if none is given. */
  detach(link?: PacketLink): void {
    if (link !== undefined && link !== this.#wantedLink) return;
    this.link = null;
    this.#wantedLink = null;
  }

  /** Write 1, then the frames, in the order of the nonces whichever commit ends first. Resolves when the commit has ended. */
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
        this.#ask.committed(packet.nonce);
        this.#send(packet);
      }
      this.#ask.later();
    });
    return committed;
  }

  /** Whether this packet is open here, so that its answer will be reported. */
  adopt(nonce: number): boolean {
    return this.ledger.open.has(nonce);
  }

  /** Whether this ledger is still the current one, because no commit of it failed. */
  holds(ledger: PayerLedger): boolean {
    return !this.#reload.broken && ledger === this.ledger;
  }

  /** Resolves when all unfinished commits have ended and, if the store failed, after a pause for its recovery. */
  settled(): Promise<void> {
    return this.#reload.settled();
  }

  /**
   * Writes off an open packet: answers its previous hop with `answer`, at our own loss. `more` are changes for the same commit. The packet
   * stays open, in the window, and is still sent again. `later` means that the amount is not allowed, the figures are being read again, or
   * the packet is being closed.
   */
  writeOff(
    nonce: number,
    answer: Uint8Array,
    more: readonly Change[],
    allows: (amount: bigint) => boolean,
  ): "written_off" | "later" | "not_open" {
    const { linked, timers } = this.deps;
    // A packet may be closed in memory only. If that commit fails, the packet is open again.
    if (this.#reload.broken || this.#commits.writes(nonce)) return "later";
    const packet = this.ledger.open.get(nonce);
    if (packet === undefined || linked === undefined) return "not_open";
    if (this.outcomes.isClosing(nonce) || !this.#ask.isDurable(nonce)) return "later";
    if (packet.writtenOffAtMs !== null || !allows(packet.amount)) return "later";
    const settled = linked.writeOffChanges(packet, answer);
    if (settled.length === 0) return "later";
    const marked = this.ledger.writeOff(nonce, timers.now())!;
    const { channelId } = packet;
    const change: Change = { op: "writeOff", channelId, nonce, atMs: marked.writtenOffAtMs! };
    linked.committing(marked, this.#commit(() => [change, ...settled, ...more], [marked]));
    return "written_off";
  }

  /** Sends all open packets again now. */
  askAll(): void {
    this.#ask.askAll();
  }

  /** Resolves when nothing is open and no commit is running, or when `signal` is aborted. */
  idle(signal?: AbortSignal): Promise<void> {
    return this.#idle.wait(signal);
  }

  /** Signs nothing more on this channel. Open packets are still sent again. */
  halt(reason: string): void {
    if (this.halted !== null) return;
    this.halted = reason;
    this.deps.log("error", "channel halted", { channel: this.ledger.channelId, reason });
    this.deps.onHalt?.(this.ledger.channelId, reason);
    this.events.onRoom();
  }

  /** Stops the timers and waits for running writes. */
  async close(): Promise<void> {
    this.#stopped = true;
    this.#reload.stop();
    this.detach();
    this.#ask.stop();
    await this.#sending;
    await this.#commits.ended();
    this.#idle.check();
  }

  #send(packet: OutgoingPacketRow): void {
    const { link } = this;
    if (link === null || this.outcomes.isOver(packet)) return;
    if (!this.outcomes.keepsCredit && this.#ask.wasAsked(packet.nonce)) return;
    this.#ask.sent(packet.nonce);
    const { claim, prepare } = packet;
    reached("payer.before_send");
    void link.send({ claim, prepare }).then((answer) =>
      this.outcomes.answered(packet.nonce, answer)
    );
    reached("payer.sent");
  }

  #commit(
    changes: () => readonly Change[],
    packets: readonly OutgoingPacketRow[],
  ): Promise<boolean> {
    return this.#commits.commit(this.ledger, changes, packets);
  }

  /** Checks whether the store has closed packets that are open here. If so, the channel is read again. */
  async #lookAgain(): Promise<void> {
    const { ledger } = this;
    const stored = await this.deps.store.openOutgoing(ledger.channelId);
    const open = new Set(stored.map(({ nonce }) => nonce));
    const closed = [...ledger.open.keys()].some((nonce) =>
      this.#ask.isDurable(nonce) && !open.has(nonce)
    );
    if (!closed || !this.holds(ledger) || this.#stopped) return;
    this.link = null;
    this.#reload.begin("now");
    this.events.onLost("the channel is settled; the packet is looked up again");
  }

  #fail(error: unknown): void {
    if (this.#reload.broken || this.#stopped) return;
    this.link = null;
    this.#reload.begin("later");
    this.deps.log("error", "store failed under a payment; reading it again", {
      channel: this.ledger.channelId,
      code: codeText(error),
    });
    this.events.onLost("the store failed; the packet is looked up again");
  }

  #loaded(): void {
    if (this.#wantedLink !== null) this.attach(this.#wantedLink);
    this.events.onRoom();
    this.#idle.check();
  }

  #isIdle(): boolean {
    return !this.#reload.broken && this.ledger.open.size === 0 && this.#commits.size === 0;
  }
}

/**
 * Answers senders whose packet the next hop leaves without an answer, at the connector's own loss (docs/money.md#write-off). At a next
 * hop's limit of the day nothing more is written off: the senders wait, and hear whatever the next hop answers.
 *
 * @module
 */
import type { HeldPackets } from "../../money/receiver/held_packets.ts";
import type { Log } from "../../base/log/log.ts";
import type { Timers } from "../../base/timers.ts";
import type { Change, IncomingPacketRow, Store } from "../../store/store.ts";
import type { NextHop } from "./forwarder.ts";

/** What it works on. */
interface WriteOffWatchDeps {
  readonly store: Store;
  readonly timers: Timers;
  readonly log: Log;
  readonly peers: () => ReadonlyMap<string, NextHop>;
  readonly held: () => HeldPackets;
}

const WRITTEN_OFF = "connector:written_off_units";
const WATCH_MS = 1_000;

/** Looks every second. */
export class WriteOffWatch {
  /** Everything that was ever written off, also what the next hop refused later. */
  writtenOffUnits = 0n;
  #cancel: () => void = () => {};

  /** A packet is written off `writeOffMs` after it came. */
  constructor(readonly writeOffMs: number, readonly deps: WriteOffWatchDeps) {}

  /** Begins, on what the store has. */
  async start(): Promise<void> {
    this.writtenOffUnits = BigInt(await this.deps.store.cursor(WRITTEN_OFF) ?? "0");
    const look = () => {
      this.#look();
      this.#cancel = this.deps.timers.after(WATCH_MS, look);
    };
    this.#cancel = this.deps.timers.after(WATCH_MS, look);
  }

  /** Ends it. */
  stop(): void {
    this.#cancel();
  }

  #look(): void {
    const now = this.deps.timers.now();
    for (const row of this.deps.held().heldRows()) {
      if (row.next === null || now - row.receivedAtMs < this.writeOffMs) continue;
      const units = this.writtenOffUnits + row.amount;
      const total = { op: "setCursor", name: WRITTEN_OFF, value: String(units) } as const;
      if (!this.#writeOff(row, row.next, total)) continue;
      this.writtenOffUnits = units;
      this.deps.log("error", "written off: the next hop never answered", {
        channel: row.channelId,
        nonce: row.nonce,
        amount_units: row.amount,
      });
    }
  }

  #writeOff(
    row: IncomingPacketRow,
    { channelId, nonce }: NonNullable<IncomingPacketRow["next"]>,
    total: Change,
  ): boolean {
    const held = this.deps.held();
    const answer = held.refusals.reject("R00", "Written off");
    for (const hop of this.deps.peers().values()) {
      const allows = (amount: bigint) => hop.writeOffs.allows(amount);
      const done = hop.payerOf(channelId)?.writeOff(nonce, answer, [total], allows) ?? "not_open";
      if (done !== "not_open") return done === "written_off";
    }
    // No peer is paid through this channel any more, or the next row is closed and this one is not (a restored store).
    const mark = { op: "writeOff", channelId, nonce, atMs: this.deps.timers.now() } as const;
    return held.settle(row, "refused", answer, [mark, total]);
  }
}

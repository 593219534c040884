/**
 * Writes off packets that the next hop does not answer: their senders get a REJECT, and the connector takes the loss
 * (docs/money.md#write-off). When a next hop's limit of the day is reached, nothing more is written off: the senders wait, and get the
 * answer of the next hop.
 *
 * @module
 */
import type { HeldPackets } from "../../money/receiver/held_packets.ts";
import type { Log } from "../../base/log/log.ts";
import type { Timers } from "../../base/timers.ts";
import type { Change, IncomingPacketRow, Store } from "../../store/store.ts";
import type { NextHop } from "./forwarder.ts";

/** What the watch needs. */
interface WriteOffWatchDeps {
  readonly store: Store;
  readonly timers: Timers;
  readonly log: Log;
  readonly peers: () => ReadonlyMap<string, NextHop>;
  readonly held: () => HeldPackets;
}

const WRITTEN_OFF = "connector:written_off_units";
const WATCH_MS = 1_000;

/** Checks the held packets every second. */
export class WriteOffWatch {
  /** The total that was ever written off. Includes packets that the next hop refused later. */
  writtenOffUnits = 0n;
  #cancel: () => void = () => {};

  /** A packet is written off `writeOffMs` after its arrival. */
  constructor(readonly writeOffMs: number, readonly deps: WriteOffWatchDeps) {}

  /** Reads the total from the store, and starts the checks. */
  async start(): Promise<void> {
    this.writtenOffUnits = BigInt(await this.deps.store.cursor(WRITTEN_OFF) ?? "0");
    const look = () => {
      this.#look();
      this.#cancel = this.deps.timers.after(WATCH_MS, look);
    };
    this.#cancel = this.deps.timers.after(WATCH_MS, look);
  }

  /** Stops the checks. */
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
    // No peer uses this channel now, or the row to the next hop is closed although this one is not (in a restored store).
    const mark = { op: "writeOff", channelId, nonce, atMs: this.deps.timers.now() } as const;
    return held.settle(row, "refused", answer, [mark, total]);
  }
}

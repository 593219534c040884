/**
 * A store in memory with the rules of the real one and crashes: commits that were not applied yet are lost from some point on.
 * It checks every state that reaches the disk against the invariants.
 */
import assert from "node:assert/strict";
import { type Claim, parseClaim } from "../../../../protocols/evm/claim.ts";
import type {
  Change,
  IncomingPacketRow,
  OutgoingPacketRow,
  PayerChannelRow,
  ReceiverChannelRow,
  Store,
} from "../../../../store/store.ts";
import { StoreError } from "../../../../store/store_error.ts";
import type { VirtualTime } from "./virtual_time.ts";

const key = (channelId: string, nonce: number) => `${channelId}/${nonce}`;

/** What is durable of one process. */
export class Disk {
  readonly payers = new Map<string, PayerChannelRow>();
  readonly receivers = new Map<string, ReceiverChannelRow>();
  readonly out = new Map<string, OutgoingPacketRow>();
  readonly in = new Map<string, IncomingPacketRow>();
  readonly cursors = new Map<string, string>();
  readonly snapshots = new Map<string, { readonly counter: number; readonly sealed: Uint8Array }>();
  /** The claims that the chain has paid, by channel. */
  readonly redeemed = new Map<string, Claim>();

  #undo: (table: Map<string, unknown>, at: string) => void = () => {};

  constructor(readonly name: string, readonly windowUnits: bigint) {}

  #set<T>(table: Map<string, T>, at: string, value: T): void {
    this.#undo(table as Map<string, unknown>, at);
    table.set(at, value);
  }

  /** Sends the best claims to the chain, as a process does when it ends. */
  redeem(): void {
    for (const { channelId, bestClaim } of this.receivers.values()) {
      if (bestClaim !== null) this.redeemed.set(channelId, parseClaim(bestClaim));
    }
  }

  /** All or none. */
  apply(changes: readonly Change[]): void {
    const undo: (() => void)[] = [];
    this.#undo = (table, at) => {
      const had = table.has(at);
      const before = table.get(at);
      undo.push(() => had ? table.set(at, before) : table.delete(at));
    };
    try {
      for (const change of changes) this.#one(change);
      this.#check(changes);
    } catch (error) {
      for (const step of undo.reverse()) step();
      throw error;
    }
  }

  openOut(channelId: string): OutgoingPacketRow[] {
    return [...this.out.values()].filter((row) =>
      row.channelId === channelId && row.state === "open"
    );
  }

  held(channelId?: string): IncomingPacketRow[] {
    return [...this.in.values()].filter((row) =>
      row.state === "held" && (channelId === undefined || row.channelId === channelId)
    );
  }

  #one(change: Change): void {
    switch (change.op) {
      case "putPayerChannel": {
        const before = this.payers.get(change.row.channelId);
        if (before) {
          assert.ok(change.row.signed >= before.signed, `${this.name}: signed fell`);
          assert.ok(change.row.nonce >= before.nonce, `${this.name}: nonce fell`);
          assert.ok(change.row.spent >= before.spent, `${this.name}: payer's spent fell`);
        }
        this.#set(this.payers, change.row.channelId, change.row);
        return;
      }
      case "putReceiverChannel": {
        const before = this.receivers.get(change.row.channelId);
        if (before) {
          assert.ok(change.row.credited >= before.credited, `${this.name}: credited fell`);
          assert.ok(change.row.watermark >= before.watermark, `${this.name}: watermark fell`);
          assert.ok(change.row.spent >= before.spent, `${this.name}: receiver's spent fell`);
        }
        this.#set(this.receivers, change.row.channelId, change.row);
        return;
      }
      case "putOutgoing": {
        const at = key(change.row.channelId, change.row.nonce);
        const before = this.out.get(at);
        assert.equal(before?.state ?? "absent", change.expect, `${this.name}: outgoing ${at}`);
        if (before) {
          assert.deepEqual(before.claim, change.row.claim);
          assert.deepEqual(before.prepare, change.row.prepare);
        }
        this.#set(this.out, at, change.row);
        return;
      }
      case "putIncoming": {
        const at = key(change.row.channelId, change.row.nonce);
        const before = this.in.get(at);
        assert.equal(before?.state ?? "absent", change.expect, `${this.name}: incoming ${at}`);
        this.#set(this.in, at, change.row);
        return;
      }
      case "writeOff": {
        const at = key(change.channelId, change.nonce);
        const before = this.out.get(at);
        assert.ok(before && before.state !== "refused" && before.writtenOffAtMs === null);
        this.#set(this.out, at, { ...before, writtenOffAtMs: change.atMs });
        return;
      }
      case "setCursor":
        this.#set(this.cursors, change.name, change.value);
        return;
      case "putSnapshot": {
        const before = this.snapshots.get(change.name);
        if (before && change.counter <= before.counter) {
          if (change.counter === before.counter) assert.deepEqual(change.sealed, before.sealed);
          return;
        }
        this.#set(this.snapshots, change.name, change);
        return;
      }
      default:
        throw new Error(`the simulation knows no ${change.op}`);
    }
  }

  /** On the state after the whole commit, of which a change is only a part. */
  #check(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.op === "putPayerChannel") {
        const { signed, spent } = this.payers.get(change.row.channelId)!;
        assert.ok(signed - spent <= this.windowUnits, `${this.name}: more than W at risk`);
      }
      if (change.op === "putReceiverChannel") {
        const { channelId, credited, spent, bestClaim } = this.receivers.get(change.row.channelId)!;
        const claimed = bestClaim === null ? 0n : parseClaim(bestClaim).transferredAmount;
        // The other accounts are those of peers without claims.
        if (channelId.startsWith("0x")) {
          assert.equal(credited, claimed, `${this.name}: ${channelId} has credit without a claim`);
        }
        const held = this.held(channelId).reduce((sum, row) => sum + row.amount, 0n);
        assert.ok(credited >= spent + held, `${this.name}: ${channelId} is overdrawn`);
      }
    }
  }
}

/** The store of one process. After {@link crash} no call resolves. */
export function storeOf(
  disk: Disk,
  time: VirtualTime,
  /** How often a commit fails, as on a full disk. */
  failure: () => number,
): Store & { crash(): void } {
  const pending: {
    readonly changes: readonly Change[];
    resolve(): void;
    reject(error: Error): void;
  }[] = [];
  let dead = false;
  const read = <T>(look: () => T): Promise<T> =>
    dead ? new Promise(() => {}) : Promise.resolve(look());
  const store = {
    commit(changes: readonly Change[]): Promise<void> {
      if (dead) return new Promise(() => {});
      return new Promise<void>((resolve, reject) => {
        pending.push({ changes, resolve, reject });
        time.after(time.between(0, 3), () => {
          // Group commit: whatever waits becomes durable in its order.
          const next = dead ? undefined : pending.shift();
          if (next === undefined) return;
          if (time.chance(failure())) return next.reject(new StoreError("full", "disk full"));
          try {
            disk.apply(next.changes);
          } catch (error) {
            // What was written on top of a failed commit is refused by the guards, as the real store does.
            if (failure() === 0) throw error;
            return next.reject(error as Error);
          }
          next.resolve();
        });
      });
    },
    payerChannel: (id: string) => read(() => disk.payers.get(id) ?? null),
    receiverChannel: (id: string) => read(() => disk.receivers.get(id) ?? null),
    openOutgoing: (id: string) => read(() => disk.openOut(id)),
    writtenOff: (id: string, sinceMs: number) =>
      read(() =>
        [...disk.out.values()].filter((row) =>
          row.channelId === id && row.state !== "refused" && (row.writtenOffAtMs ?? -1) >= sinceMs
        ).reduce((sum, { amount }) => sum + amount, 0n)
      ),
    outgoing: (id: string, nonce: number) => read(() => disk.out.get(key(id, nonce)) ?? null),
    outgoingByObligation: (obligation: string) =>
      read(() => [...disk.out.values()].filter((row) => row.obligation === obligation)),
    incoming: (id: string, nonce: number) => read(() => disk.in.get(key(id, nonce)) ?? null),
    heldIncoming: (id?: string) => read(() => disk.held(id)),
    incomingByObligation: (obligation: string) =>
      read(() =>
        [...disk.in.values()].find((row) =>
          row.obligation === obligation && row.state !== "refused"
        ) ?? null
      ),
    cursor: (name: string) => read(() => disk.cursors.get(name) ?? null),
    crash() {
      dead = true;
      // Some of the open commits may have reached the disk, in order, without an answer.
      const reached = time.between(0, pending.length);
      for (const { changes } of pending.slice(0, reached)) disk.apply(changes);
    },
  };
  return store as unknown as Store & { crash(): void };
}

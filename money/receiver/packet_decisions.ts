/**
 * Decides on packets with a good claim (docs/money.md#packets Q4). Packets are inspected concurrently, and decided one after the other.
 *
 * @module
 */
import { codeText } from "../../base/thrown.ts";
import type { Prepare } from "../../protocols/ilp/packet.ts";
import type { IncomingPacketRow } from "../../store/store.ts";
import type { ReceiverDeps, ReceiverOptions } from "./receiver_options.ts";
import type { Refusals } from "./refusals.ts";
import type { Inspection, TerminalReject } from "./terminal.ts";
import { MAX_EXPIRY_AHEAD_MS } from "../claims/expiry.ts";

/** Decides on packets. */
export class PacketDecisions {
  readonly #maxDataBytes: number;

  /** `refusals` makes the answers. */
  constructor(
    readonly options: Pick<ReceiverOptions, "maxDataBytes" | "inspectMs">,
    readonly deps: Pick<ReceiverDeps, "delivery" | "timers" | "log">,
    readonly refusals: Refusals,
  ) {
    this.#maxDataBytes = options.maxDataBytes ?? 32_767;
  }

  /** A fault of the packet that does not depend on its destination. Null if there is none. */
  faultOf(prepare: Prepare | null, receivedAtMs: number): TerminalReject | null {
    if (prepare === null) return { code: "F01", message: "Not a PREPARE" };
    const { expiresAtMs, data } = prepare;
    if (expiresAtMs <= receivedAtMs) {
      const here = new Date(receivedAtMs).toISOString();
      return { code: "R00", message: `Expired before it arrived at ${here} by the clock here` };
    }
    const aheadMs = expiresAtMs - receivedAtMs;
    if (aheadMs > MAX_EXPIRY_AHEAD_MS) {
      const seconds = Math.round(aheadMs / 1_000);
      const message = `expiresAt is ${seconds} s ahead, at most ${
        MAX_EXPIRY_AHEAD_MS / 1_000
      } s are accepted`;
      return { code: "F00", message };
    }
    if (data.length > this.#maxDataBytes) {
      const message = `Data has ${data.length} bytes, at most ${this.#maxDataBytes} allowed`;
      return { code: "F01", message };
    }
    return null;
  }

  /** Asks the terminal or the next hop, with a time limit. */
  async look(row: IncomingPacketRow, prepare: Prepare | null): Promise<Inspection> {
    const fault = this.faultOf(prepare, row.receivedAtMs);
    if (fault !== null || prepare === null) return { reject: fault! };
    const { timers, delivery, log } = this.deps;
    let cancel = () => {};
    let over = false;
    const { channelId, nonce } = row;
    const looking = (async () => await delivery.inspect(prepare, { channelId, nonce }))();
    // After the time limit the packet is refused, so a late inspection releases what it reserved.
    void looking.then((seen) => over && "release" in seen && seen.release?.(), () => {});
    const late = new Promise<Inspection>((resolve) => {
      cancel = timers.after(
        this.options.inspectMs ?? 10_000,
        () => {
          over = true;
          resolve({ reject: { code: "T00", message: "The receiver took too long" } });
        },
      );
    });
    try {
      return await Promise.race([looking, late]);
    } catch (error) {
      log("error", "packet could not be looked at", {
        code: codeText(error),
      });
      return { reject: { code: "T00", message: "Internal error" } };
    } finally {
      cancel();
    }
  }

  /** Null if the packet is held. Otherwise its answer. */
  decide(
    prepare: Prepare | null,
    seen: Inspection,
    free: { readonly paid: Uint8Array | "held" | null },
    account: { readonly available: bigint; readonly held: bigint },
  ): Uint8Array | null {
    const { reject, alreadyPaid } = this.refusals;
    if (prepare === null) return reject("F01", "Not a PREPARE");
    if ("reject" in seen) {
      if (account.available >= prepare.amount) seen.ifCovered?.();
      return this.refusals.terminal(seen.reject);
    }
    if (free.paid === "held") {
      return reject("T00", "Another packet for this obligation is in progress");
    }
    if (free.paid !== null) return alreadyPaid(free.paid);
    const { available, held } = account;
    if (available < prepare.amount) {
      return reject("T04", `Credit ${available} is less than amount ${prepare.amount}`);
    }
    // The held sum is checked here and not in the inspection, because packets are inspected concurrently and decided one after the other.
    if (seen.maxHeldUnits !== undefined && held + prepare.amount > seen.maxHeldUnits) {
      return reject("T04", "Too much is already held for this peer");
    }
    return null;
  }
}

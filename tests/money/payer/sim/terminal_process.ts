/** The terminal of the simulation: it refuses, fails, is slow, and fulfils late if it colludes with the payer. */
import { createHmac } from "node:crypto";
import { interledgerWire } from "../../../../protocols/wires/interledger/wire.ts";
import { terminalDelivery } from "../../../../money/receiver/delivery.ts";
import { Receiver } from "../../../../money/receiver/receiver.ts";
import type { Terminal } from "../../../../money/receiver/terminal.ts";
import { ADDRESS, chainOf } from "./channels.ts";
import type { TerminalLife } from "./lives.ts";
import type { VirtualTime } from "./virtual_time.ts";

/** The world around a terminal. */
export interface AroundTerminal {
  readonly time: VirtualTime;
  readonly colluding: boolean;
  /** What it did in the world outside: effects survive crashes. */
  readonly effects: Set<string>;
  /** Whether nothing fails any more. */
  isCalm(): boolean;
}

/** The fulfilment of a payment with this data. */
export function fulfilmentOf(data: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHmac("sha256", "sim").update(data).digest());
}

/** Opens the terminal of one life. */
export async function openTerminal(
  life: TerminalLife,
  { time, colluding, effects, isCalm }: AroundTerminal,
): Promise<void> {
  const terminal: Terminal = {
    inspect: async (prepare) => {
      await life.sleep(time.between(0, 5));
      if (time.chance(0.1)) return { reject: { code: "F00", message: "not wanted" } };
      const [, , at] = new TextDecoder().decode(prepare.data).split(" ");
      return { obligation: `write:${at}` };
    },
    effect: async (prepare, obligation) => {
      if (colluding && time.chance(0.7)) await life.sleep(time.between(4_000, 15_000));
      await life.sleep(time.chance(0.05) ? time.between(1_000, 50_000) : time.between(0, 20));
      if (!isCalm() && time.chance(0.1)) throw new Error("not now");
      if (!effects.has(obligation) && time.chance(0.05)) {
        return { reject: { code: "T00", message: "could not" } };
      }
      effects.add(obligation);
      return { fulfilment: fulfilmentOf(prepare.data), data: new Uint8Array(0) };
    },
  };
  const receiver = await Receiver.open(
    { ilpAddress: "test.hub.terminal", paymentAddress: ADDRESS.terminal },
    {
      store: life.store,
      lane: life.lane,
      chain: chainOf(life.disk),
      delivery: terminalDelivery(terminal),
      codec: interledgerWire,
      timers: life.timers,
      log: () => {},
      recover: (claim) => claim.signerAddress,
    },
  );
  life.receiver = receiver;
  receiver.held.resume();
  life.open = true;
}

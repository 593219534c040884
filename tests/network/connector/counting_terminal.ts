import { createHash, createHmac } from "node:crypto";
import type { Prepare } from "../../../protocols/ilp/packet.ts";
import type { Effect, Terminal } from "../../../money/receiver/terminal.ts";

const SECRET = "terminal secret";

/** The fulfilment that test terminals give for these data. */
export function fulfilmentOf(data: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac("sha256", SECRET).update(data).digest());
}

/** The condition of it. */
export function conditionFor(data: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(fulfilmentOf(data)).digest());
}

/** A terminal that fulfils whatever it is sent and counts effects by obligation. */
export function countingTerminal(
  hooks: {
    inspect?: (prepare: Prepare) => ReturnType<Terminal["inspect"]> | null;
    effect?: (prepare: Prepare) => Promise<Effect | null> | null;
  } = {},
): Terminal & { readonly effects: Map<string, number> } {
  const effects = new Map<string, number>();
  return {
    effects,
    inspect: (prepare) =>
      hooks.inspect?.(prepare) ??
        Promise.resolve({
          obligation: `write:${createHash("sha256").update(prepare.data).digest("hex")}`,
        }),
    effect: async (prepare, obligation) => {
      const other = await hooks.effect?.(prepare);
      if (other) return other;
      effects.set(obligation, (effects.get(obligation) ?? 0) + 1);
      return {
        fulfilment: fulfilmentOf(prepare.data),
        data: new TextEncoder().encode(`done ${prepare.data.length}`),
      };
    },
  };
}

/**
 * The rules of the wires that do not depend on their codecs. The main thread of a home needs no more of a wire.
 *
 * @module
 */
import type { Wire } from "./wire.ts";

type WireRules = Pick<Wire, "toonRules" | "fulfilledBy">;

const RULES: Readonly<Record<Wire["name"], WireRules>> = {
  interledger: { toonRules: "4", fulfilledBy: "terminal" },
  crosstown: { toonRules: "1.4", fulfilledBy: "anyone" },
};

/** The rules of the wire with this name. */
export function rulesOf(name: Wire["name"]): WireRules {
  return RULES[name];
}

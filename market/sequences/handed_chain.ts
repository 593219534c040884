/**
 * A new chain on its way through the control socket: bytes are base64, amounts decimal.
 *
 * @module
 */
import { ControlError } from "../../base/control_error.ts";
import type { Change } from "../../store/store.ts";

type PutChain = Extract<Change, { op: "putJobChain" }>;

/** A chain ready to be handed over as JSON. */
export function handedChain({ row, steps }: PutChain): Readonly<Record<string, unknown>> {
  const budgetUnits = row.budgetUnits === null ? null : String(row.budgetUnits);
  return { row: { ...row, document: row.document.toBase64(), budgetUnits }, steps };
}

/** The change that it was made of. What it holds is checked by the store. Throws ControlError `bad_request`. */
export function chainOf(params: unknown): PutChain {
  const { row, steps } = (params ?? {}) as Readonly<Record<string, unknown>>;
  const fields = (row ?? {}) as Readonly<Record<string, unknown>>;
  const { document, budgetUnits } = fields;
  if (typeof document !== "string" || !Array.isArray(steps)) throw refused("rows are missing");
  if (budgetUnits !== null && !/^\d{1,40}$/.test(String(budgetUnits))) {
    throw refused("an amount must be decimal digits");
  }
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.fromBase64(document);
  } catch {
    throw refused("bytes must be base64");
  }
  const made = {
    ...fields,
    document: bytes,
    budgetUnits: budgetUnits === null ? null : BigInt(String(budgetUnits)),
  };
  return { op: "putJobChain", row: made as PutChain["row"], steps };
}

function refused(why: string): ControlError {
  return new ControlError("bad_request", `a chain cannot be taken over: ${why}`);
}

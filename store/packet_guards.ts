/**
 * What holds for packets of both directions: bytes that were signed or answered never change, and the first outcome wins.
 *
 * @module
 */
import { sameBytes } from "./change_context.ts";
import type { Column, Columns } from "./columns.ts";
import { StoreError } from "./store_error.ts";

/**
 * A refused packet is never sent or taken on again, so its PREPARE is not kept: only what answers whoever asks once more (the hash of
 * claim and PREPARE, and the answer). Otherwise whoever is refused fills the disk for the price of nothing.
 */
export const UNLESS_REFUSED = "prepare = CASE ? WHEN 'refused' THEN x'' ELSE prepare END";

/** The values of a new row. */
export function stored(columns: Columns): Column[] {
  const isRefused = columns.state === "refused";
  return Object.values(isRefused ? { ...columns, prepare: new Uint8Array(0) } : columns);
}

/** Of these columns the ones that the row still has. */
export function kept(current: Columns, columns: readonly string[]): readonly string[] {
  return current.state === "refused" ? columns.filter((name) => name !== "prepare") : columns;
}

/** Throws `conflict` where the row does not stand as the caller expects. */
export function expectState(
  name: string,
  current: Columns | null,
  expect: string | undefined,
): void {
  if (expect === undefined) return;
  if (expect === "absent" ? current === null : current?.state === expect) return;
  throw new StoreError(
    "conflict",
    `${name} is ${current === null ? "absent" : current.state}, expected ${expect}`,
  );
}

function same(a: Column, b: Column): boolean {
  return a instanceof Uint8Array && b instanceof Uint8Array ? sameBytes(a, b) : a === b;
}

/** Throws `conflict` where one of these columns differs. */
export function unchanged(
  name: string,
  from: Columns,
  to: Columns,
  columns: readonly string[],
): void {
  for (const column of columns) {
    if (!same(from[column], to[column])) {
      throw new StoreError("conflict", `${column} of ${name} never changes`);
    }
  }
}

/** False when the row stands exactly so already; `conflict` when it stands otherwise and is no longer open. */
export function takesOutcome(name: string, open: string, from: Columns, to: Columns): boolean {
  if (from.state === open) return true;
  if (from.state === to.state && same(from.answer, to.answer)) return false;
  throw new StoreError(
    "conflict",
    from.state === to.state
      ? `${name} is ${from.state} already with another answer`
      : `${name} is ${from.state} already and cannot become ${to.state}`,
  );
}

/**
 * The keys of the dashboard's list of payments. Without effects.
 *
 * @module
 */
import type { PaymentsShown } from "./model.ts";

/** The list after a key: scrolled, or null where the key closes it. Undefined if the key means nothing here. */
export function scrolled(payments: PaymentsShown, key: string): PaymentsShown | null | undefined {
  if (["escape", "left", "backspace", "m"].includes(key)) return null;
  const by = STEPS[key];
  if (by === undefined) return undefined;
  const last = Math.max(0, (payments.lines?.length ?? 0) - 1);
  return { ...payments, offset: Math.min(last, Math.max(0, payments.offset + by)) };
}

const STEPS: Readonly<Record<string, number>> = {
  up: -1,
  k: -1,
  down: 1,
  j: 1,
  pageup: -10,
  pagedown: 10,
  space: 10,
  home: -Infinity,
  end: Infinity,
};

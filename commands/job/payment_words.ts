/**
 * What a job that is paid while it runs, or on delivery, costs and risks, in words, for its buyer. Pure.
 *
 * @module
 */
import type { PlannedJob } from "../../market/plan_job.ts";
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import { incrementWords } from "../../protocols/nostr/metered.ts";
import type { PaymentDocument } from "./job_payment.ts";

/** How a job that is paid in parts would be paid, and what is at risk; null for every other job. */
export function partsWords(
  { increments, depositUnits = 0n, quote }: Pick<
    PlannedJob,
    "increments" | "depositUnits" | "quote"
  >,
  asset: Asset,
): string | null {
  const { increment, mode } = quote?.quote ?? {};
  const one = formatUnits(depositUnits, asset);
  if (mode === "on-delivery") {
    return `in two parts: ${one} before the run, which is at risk, and the rest for the key to the result`;
  }
  if (increments === undefined || increment === undefined) return null;
  const what = increment.unit === "kib" ? " of output" : "";
  return `in up to ${increments} increments of ${
    incrementWords(increment)
  }${what}, ${one} each, while it runs: at most ${one} is at risk at a time`;
}

/** How a job was paid that was not paid as a whole before its run, as lines of its report; empty for every other job. */
export function paymentLines(
  payment: PaymentDocument | null,
  text: (units: bigint) => string,
): string[] {
  return payment?.delivery === undefined
    ? meterLines(payment, text)
    : [deliveryLine(payment.delivery, text)];
}

function deliveryLine(
  { deposit_units, rest_units, state }: NonNullable<PaymentDocument["delivery"]>,
  text: (units: bigint) => string,
): string {
  const before = deposit_units === 0n ? "" : `${text(deposit_units)} before the run, `;
  const key = text(rest_units);
  const after = {
    waiting: `at most ${key} for the key to the result, which is not paid yet`,
    sold: `${key} for the key to the result`,
    opened: `${key} for the key, which opened the result`,
    broken: `${key} for a key that does not open the result`,
  };
  return `  delivery  ${before}${after[state]}`;
}

/** What the meter of a job has counted. */
function meterLines(
  payment: PaymentDocument | null,
  text: (units: bigint) => string,
): string[] {
  const { increments, most_increments: most, increment_units: units = 0n } = payment ?? {};
  if (payment === null || increments === undefined) return [];
  const { increment_s, increment_kib, received_bytes: bytes } = payment;
  const what = increment_kib === undefined ? `${increment_s} s` : `${increment_kib} KiB`;
  const came = bytes === undefined ? "" : `; ${bytes} bytes came`;
  return [
    `  metered   ${increments} of at most ${most} increments of ${what}, ${
      text(units)
    } each${came}`,
  ];
}

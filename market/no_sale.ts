/**
 * The error for a job that is to be paid in a mode for which only a quote states the price, and that has no quote it can take.
 *
 * @module
 */
import { InputError } from "./packing/input_error.ts";

/** Says why. `leastUnits`: the bid that the cheapest quote needs, with the job's write; null if there is no quote in this mode. */
export function noSale(
  mode: "on-delivery" | "metered",
  bidUnits: bigint | null,
  leastUnits: bigint | null,
  text: (units: bigint) => string,
): InputError {
  const words = mode === "metered" ? "while it runs" : "on delivery";
  const see = `see what they say with 'crosstown job quote ... --payment ${mode}'`;
  if (leastUnits === null) {
    const message = `no provider quoted this job for payment ${words}`;
    return new InputError("no_quotes", message, { suggestion: see });
  }
  const what = mode === "metered" ? "the first increment needs" : "the cheapest quote needs";
  const above = bidUnits === null ? "what is paid without a bid" : `the bid of ${text(bidUnits)}`;
  return new InputError(
    "no_quotes",
    `every quote for payment ${words} is above ${above}`,
    {
      suggestion: `name the most that the job may cost with --bid: ${what} ${
        text(leastUnits)
      }; ${see}`,
    },
  );
}

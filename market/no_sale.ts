/**
 * The error for a job that is to be paid in a mode for which only a quote states the price, and that has no quote it can take.
 *
 * @module
 */
import { InputError } from "./packing/input_error.ts";

/**
 * Says why. `seen`: the quotes in this mode, null if there are none; see bestQuote(). `writeUnits`: the write of the job's request, which a
 * bid covers too.
 */
export function noSale(
  mode: "on-delivery" | "metered",
  bidUnits: bigint | null,
  seen: { readonly leastUnits: bigint | null } | null,
  writeUnits: bigint,
  text: (units: bigint) => string,
): InputError {
  const words = mode === "metered" ? "while it runs" : "on delivery";
  const see = `see what they say with 'crosstown job quote ... --payment ${mode}'`;
  if (seen === null) {
    const message = `no provider quoted this job for payment ${words}`;
    return new InputError("no_quotes", message, { suggestion: see });
  }
  if (seen.leastUnits === null) {
    const message =
      `every quote for payment ${words} asks for more before the job runs than was announced, and for more than a quarter of what the job may cost`;
    return new InputError("no_quotes", message, { suggestion: see });
  }
  const what = mode === "metered" ? "the first increment needs" : "the cheapest quote needs";
  const above = bidUnits === null ? "what is paid without a bid" : `the bid of ${text(bidUnits)}`;
  return new InputError(
    "no_quotes",
    `every quote for payment ${words} is above ${above}`,
    {
      suggestion: `name the most that the job may cost with --bid: ${what} ${
        text(seen.leastUnits + writeUnits)
      }; ${see}`,
    },
  );
}

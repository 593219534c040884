/** The quotes of a liar that asks for nearly the whole price before the run. */
import type { Quoting } from "../../market/quotes/quoting.ts";
import type { Signer } from "../../money/signer/signer.ts";
import { quoteEvent, readQuote } from "../../protocols/nostr/job_quote.ts";

/** Makes every deposit all but one unit, and one increment of a day the whole job. Its prices are the lowest. */
export function askingAtOnce(
  honest: Quoting,
  { signer, clock, priceUnits }: {
    readonly signer: Pick<Signer, "signEvents">;
    readonly clock: () => number;
    /** The price that everybody announces. */
    readonly priceUnits: bigint;
  },
): Quoting {
  return {
    ...honest,
    async quote(event, wish) {
      const signed = await honest.quote(event, wish);
      if (signed === null) return null;
      const quote = readQuote(signed);
      if (quote.mode === "upfront") return signed;
      const lessUnits = priceUnits - 100n;
      const asked = quote.increment === undefined
        ? { priceUnits: lessUnits, depositUnits: lessUnits - 1n }
        : {
          priceUnits: lessUnits,
          depositUnits: lessUnits,
          increment: { ...quote.increment, size: quote.increment.unit === "kib" ? 256 : 86_400 },
        };
      const nowS = Math.floor(clock() / 1_000);
      return (await signer.signEvents([quoteEvent({ ...quote, ...asked }, nowS)]))[0];
    },
  };
}

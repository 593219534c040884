/** The terminal of a provider in a market of all payment modes: the program's own, and what a liar refuses there. */
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import { acceptJob } from "../../market/accept_job.ts";
import type { AdmissionRules } from "../../market/admission.ts";
import { deliverResult } from "../../market/deliver_result.ts";
import { jobLogTerminal } from "../../market/logs/job_log_terminal.ts";
import { isMeterOrder, meterTerminal } from "../../market/meter_terminal.ts";
import { quoting } from "../../market/quotes/quoting.ts";
import type { Terminal } from "../../money/receiver/terminal.ts";
import { askingAtOnce } from "./asking_at_once.ts";
import { ASSET, CHAIN, FLAT_UNITS, INCREMENTS, LEAST_UNITS } from "./paying_parties.ts";
import type { PayingProvider } from "./paying_provider.ts";

const verifier = await createVerifier();

/** The terminal of a provider. It reads the provider's mode, and whether it sold its result, with each packet. */
export function payingTerminal(provider: PayingProvider): Terminal {
  const { party: { pubkey, signer, store }, time, lie, ilpAddress } = provider;
  const clock = () => time.nowMs;
  const rules = (): AdmissionRules => ({
    pubkey,
    prices: [{
      kind: 5600,
      flatUnits: FLAT_UNITS,
      unitsPerKib: 0n,
      increment: INCREMENTS[provider.mode === "kib" ? "kib" : "seconds"],
    }],
    platform: "linux/amd64",
    allowBuyers: null,
  });
  const { chainId, tokenNetworkAddress } = CHAIN;
  const honest = quoting(
    {
      asset: ASSET,
      chain: { chainId, tokenNetworkAddress },
      ilpAddress,
      leastDepositUnits: String(LEAST_UNITS),
    },
    { pubkey, signer, clock },
  );
  const jobs = acceptJob({
    rules,
    store,
    signer,
    verifier,
    clock,
    capacity: 64,
    quoting: lie === "asks at once"
      ? askingAtOnce(honest, { signer, clock, priceUnits: FLAT_UNITS })
      : honest,
  });
  const deps = { pubkey, store, signer, verifier, clock };
  return lying(provider, meterTerminal(jobLogTerminal(deliverResult(jobs, deps), deps), deps));
}

/** What a liar refuses at its terminal, although its own quote says otherwise. */
function lying(provider: PayingProvider, honest: Terminal): Terminal {
  const { lie } = provider;
  const no = (code: string) => ({ reject: { code, message: "no" } });
  return {
    ...honest,
    inspect: async (prepare) => {
      const isPaying = prepare.amount > 0n;
      if (lie === "raises" && isPaying) return no("F04");
      const isKey = isPaying && provider.mode === "on-delivery" && provider.sold;
      if (lie === "keeps key" && isKey) return no("F99");
      // It says that each increment is due, whatever it did.
      if (lie === "claims" && !isPaying && isMeterOrder(prepare.data)) return no("F04");
      return await honest.inspect(prepare);
    },
  };
}

/**
 * How a provider receives packets over its connectors' sessions. A buyer's session is without it, and loads none of it.
 *
 * @module
 */
import { acceptJob, type AcceptJobOptions } from "../../market/accept_job.ts";
import { deliverResult } from "../../market/deliver_result.ts";
import { jobLogTerminal } from "../../market/logs/job_log_terminal.ts";
import { meterTerminal } from "../../market/meter_terminal.ts";
import { privateTerminal } from "../../market/private/private_terminal.ts";
import type { QuoteTerms } from "../../market/quotes/quote_offers.ts";
import { quoting } from "../../market/quotes/quoting.ts";
import { turnTerminal } from "../../market/turn_terminal.ts";
import type { KeySigner } from "../../money/signer/key_signer.ts";
import type { Signer } from "../../money/signer/signer.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import type { LocalServiceContext } from "../../runtime/service.ts";
import type { SkillCatalog } from "../../skills/catalog/catalog_service.ts";
import type { Store } from "../../store/store.ts";
import { liveRules } from "./live_rules.ts";
import type { RulesOptions } from "./provider_rules.ts";

/** The options for receiving payments as a provider. */
export interface ProviderReceive {
  readonly ilpAddress: string;
  readonly rules: RulesOptions;
  /** The terms of its quotes; null if it gives none. */
  readonly quotes?: QuoteTerms | null;
  /** How many paid jobs may wait. Above this, new packets are refused as busy. */
  readonly capacity: number;
  /** See AcceptJobOptions. */
  readonly light?: AcceptJobOptions["light"];
  /** See ReceiveOptions. */
  readonly unitsPerNative?: bigint;
}

/** The services that it calls. */
interface ReceivingRemotes {
  readonly store: Store;
  readonly signer: Signer & Pick<KeySigner, "ceilingsAfter">;
  /** The catalog of a provider's skills, which may change. */
  readonly offers?: SkillCatalog;
}

/** Makes the terminal for packets that a provider receives: paid jobs, deliveries, logs, meters and quotes, also private ones. */
export async function providerTerminal(
  { rules, capacity, light, quotes }: ProviderReceive,
  { store, signer, offers }: ReceivingRemotes,
  context: LocalServiceContext,
) {
  const live = liveRules(rules, offers, context);
  const verifier = await createVerifier();
  const jobs = acceptJob({
    rules: live.rules,
    store,
    signer,
    verifier,
    capacity,
    light,
    ...(quotes
      ? { quoting: quoting(quotes, { pubkey: rules.pubkey, signer, clock: context.clock }) }
      : {}),
    clock: context.clock,
  });
  const deps = { store, signer, verifier, clock: context.clock };
  const own = { ...deps, pubkey: rules.pubkey };
  const open = jobLogTerminal(
    turnTerminal(meterTerminal(deliverResult(jobs, own), own), own),
    deps,
  );
  return privateTerminal(open, { signer, verifier });
}

/**
 * Asks for a relay's terms: what its pinned key announced on the relay, or what that key answers by SPSP. A worker reads all foreign bytes.
 *
 * @module
 */
import type { Supervisor } from "../../home/workers/supervisor.ts";
import { hostOfUrl } from "../../base/urls.ts";
import { chainName } from "../../config/chains.ts";
import { codeOf, messageOf } from "../../base/thrown.ts";
import type { Config } from "../../config/config.ts";
import type { AcceptedTerms } from "../../config/accepted_terms.ts";
import type { SpspServiceOptions } from "../../market/terms/spsp_service.ts";
import type { TermsRules } from "../../market/terms/terms.ts";
import type { CheckedTerms } from "../../market/terms/check_terms.ts";
import type { Invocation } from "../../shell/command.ts";

/** The terms that were found, or the reason why none were. */
export interface FoundTerms {
  readonly checked: CheckedTerms | null;
  readonly refused: { readonly code: string; readonly message: string } | null;
}

/** Asks for the terms, and checks them by the rules of the configuration. */
export async function learnedTerms(
  invocation: Invocation,
  config: Config,
  pinnedPubkey: string,
  accepted: AcceptedTerms | null,
): Promise<FoundTerms> {
  const [{ createSupervisor }, { learnTerms, termsRules }] = await Promise.all([
    import("../../home/workers/supervisor.ts"),
    import("../../market/terms/learn_terms.ts"),
  ]);
  const { profile } = config;
  const { options } = invocation;
  const same = accepted?.relayUrl === profile.relayUrl;
  const known = profile.peer?.address ?? (same ? accepted.peerAddress : null);
  const rules = termsRules(profile, {
    pinnedPubkey,
    knownAddress: options.on("replace") ? null : known?.toLowerCase() ?? null,
    warnUnitsPerByte: config.get("limits.warn_units_per_byte"),
    maxUnitsPerByte: config.get("limits.max_units_per_byte"),
  });
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    if (options.on("spsp")) {
      return { checked: await askKey(invocation, config, supervisor, rules), refused: null };
    }
    // The worker's only permission is the relay's host. The main thread reads no foreign bytes.
    const reader = await supervisor.service("relay-reader-anonymous", {
      relayUrl: profile.relayUrl,
    });
    type Reader = Parameters<typeof learnTerms>[0];
    const nowS = Math.floor(Date.now() / 1_000);
    return {
      checked: await learnTerms(reader.client(), rules, nowS),
      refused: null,
    };
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    return { checked: null, refused: { code, message: messageOf(error) } };
  } finally {
    await supervisor.stop(0);
  }
}

/** Asks by SPSP. The question is signed by this home's key and names only the chain on which it would settle. */
async function askKey(
  invocation: Invocation,
  config: Config,
  supervisor: Supervisor,
  rules: TermsRules,
): Promise<CheckedTerms> {
  const [{ startEventSigner }, { checkTerms }] = await Promise.all([
    import("../../shell/home/open_home.ts"),
    import("../../market/terms/check_terms.ts"),
  ]);
  const { options } = invocation;
  const { relayUrl, connectorBtp, connectorAuth, wire, relay } = config.profile;
  const destination = options.text("ilpAddress") ?? relay?.ilpAddress ?? null;
  const signer = await startEventSigner(config, invocation, supervisor);
  const asker = await supervisor.service(
    "spsp",
    {
      relayUrl,
      connector: connectorBtp === null || destination === null ? null : {
        connectorBtp,
        auth: connectorAuth,
        wire,
        destination,
        host: hostOfUrl(connectorBtp),
      },
    } satisfies SpspServiceOptions,
    { signer },
  );
  const { offer } = await asker.client().ask({
    peerPubkey: rules.pinnedPubkey,
    chainId: rules.chainId,
    offer: {
      ilpAddress: null,
      // Peers compare chain names as text, so a chain of a known network is named in both ways.
      supportedChains: [...new Set([`evm:${rules.chainId}`, chainName(rules.chainId)])],
      settlementAddresses: {},
      preferredTokens: {},
      tokenNetworks: {},
    },
  });
  return checkTerms(offer, rules);
}

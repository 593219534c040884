/**
 * The connector session through which prepareSink pays. It lives in the sink's worker, the only worker that may reach the connector. A
 * provider receives its payments over the same session.
 *
 * @module
 */
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import type { EvmChain, GasMarket } from "../../money/evm/chain_connection.ts";
import type { ChannelManager } from "../../money/claims/channel_manager.ts";
import { systemTimers } from "../../base/timers.ts";
import {
  type ConnectorClient,
  connectorClient,
  type ConnectorClientOptions,
} from "../../peers/connector/connector_client.ts";
import { acceptJob, type AcceptJobOptions } from "../../market/accept_job.ts";
import { deliverResult } from "../../market/deliver_result.ts";
import { jobLogTerminal } from "../../market/logs/job_log_terminal.ts";
import { meterTerminal } from "../../market/meter_terminal.ts";
import { packetEvidence } from "../../market/packet_evidence.ts";
import { privateTerminal } from "../../market/private/private_terminal.ts";
import { type QuoteTerms, quoting } from "../../market/quotes/quoting.ts";
import type { RelayReader } from "../../market/relay_questions.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { Store } from "../../store/store.ts";
import type { LocalServiceContext } from "../../runtime/service.ts";
import type { SkillCatalog } from "../../skills/catalog/catalog_service.ts";
import { liveRules } from "./live_rules.ts";
import type { RulesOptions } from "./provider_rules.ts";

/** The session's options. If `url` is null, the network has no payments. */
export interface ConnectorOptions extends Omit<ConnectorClientOptions, "url" | "receive"> {
  readonly url: string | null;
  readonly receive: ProviderReceive | null;
}

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

/** The services that the session calls. */
interface ConnectorRemotes {
  readonly store: Store;
  readonly signer: Signer;
  readonly chain: EvmChain & GasMarket;
  /** Present if the network has a chain: finds, opens and funds the channel for a payment. */
  readonly manager?: ChannelManager | null;
  /** Checks whether a write arrived for which a strict peer sent no answer. */
  readonly relayReader?: RelayReader;
  /** The catalog of a provider's skills, which may change. */
  readonly offers?: SkillCatalog;
}

/** Makes the session, which connects at once. */
export default async function connector(
  { url, receive, ...options }: ConnectorOptions,
  { store, signer, chain, manager, relayReader, offers }: ConnectorRemotes,
  context: LocalServiceContext,
): Promise<ConnectorClient | undefined> {
  if (url === null) return undefined;
  const terminal = receive === null
    ? null
    : await providerTerminal(receive, { store, signer, chain, offers }, context);
  const client = connectorClient({
    ...options,
    url,
    ...(receive === null || terminal === null ? {} : {
      receive: {
        terminal,
        ilpAddress: receive.ilpAddress,
        unitsPerNative: receive.unitsPerNative,
      },
    }),
  }, {
    store,
    signer,
    chain,
    ...(manager ? { manager, evm: chain } : {}),
    timers: systemTimers,
    random: Math.random,
    ...(relayReader === undefined
      ? {}
      : { evidence: packetEvidence({ store, relay: relayReader, clock: context.clock }) }),
    log: context.log,
  });
  context.signal.addEventListener("abort", () => void client.close(), { once: true });
  return client;
}

async function providerTerminal(
  { rules, capacity, light, quotes }: ProviderReceive,
  { store, signer, offers }: ConnectorRemotes,
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
  const open = jobLogTerminal(meterTerminal(deliverResult(jobs, own), own), deps);
  return privateTerminal(open, { signer, verifier });
}

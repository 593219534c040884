/**
 * The connector session that prepareSink pays through, in the sink's own worker: the one place that reaches the connector. A
 * provider is paid over the same session.
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
import { acceptJob } from "../../market/accept_job.ts";
import { deliverResult } from "../../market/deliver_result.ts";
import { jobLogTerminal } from "../../market/logs/job_log_terminal.ts";
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

/** The session's settings; a null `url` is a network where nothing can be paid. */
export interface ConnectorOptions extends Omit<ConnectorClientOptions, "url" | "receive"> {
  readonly url: string | null;
  readonly receive: ProviderReceive | null;
}

/** How a provider is paid. */
export interface ProviderReceive {
  readonly ilpAddress: string;
  readonly rules: RulesOptions;
  /** What stands in its quotes; null where it gives none. */
  readonly quotes?: QuoteTerms | null;
  /** Paid jobs that may wait before new packets are refused as busy. */
  readonly capacity: number;
  /** See ReceiveOptions. */
  readonly unitsPerNative?: bigint;
}

/** What the session works on. */
interface ConnectorRemotes {
  readonly store: Store;
  readonly signer: Signer;
  readonly chain: EvmChain & GasMarket;
  /** Where the network has a chain: finds, opens and funds the channel when something is to be paid. */
  readonly manager?: ChannelManager | null;
  /** Shows whether a write arrived that a strict peer did not answer. */
  readonly relayReader?: RelayReader;
  /** A provider's skills, as they change. */
  readonly offers?: SkillCatalog;
}

/** Makes the session; it dials at once. */
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
  { rules, capacity, quotes }: ProviderReceive,
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
    ...(quotes
      ? { quoting: quoting(quotes, { pubkey: rules.pubkey, signer, clock: context.clock }) }
      : {}),
    clock: context.clock,
  });
  const deps = { store, signer, verifier, clock: context.clock };
  const open = jobLogTerminal(deliverResult(jobs, { ...deps, pubkey: rules.pubkey }), deps);
  return privateTerminal(open, { signer, verifier });
}

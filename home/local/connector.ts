/**
 * The connector sessions through which prepareSink pays. They live in the sink's worker, the only worker that may reach the connectors. A
 * provider receives its payments over the same sessions.
 *
 * @module
 */
import type { EvmChain, GasMarket } from "../../money/evm/chain_connection.ts";
import type { ChannelManager } from "../../money/claims/channel_manager.ts";
import { systemTimers } from "../../base/timers.ts";
import {
  type ConnectorClient,
  connectorClient,
  type ConnectorClientDeps,
  type ConnectorClientOptions,
} from "../../peers/connector/connector_client.ts";
import { openReceiver } from "../../peers/connector/client_receiver.ts";
import { manyConnectors } from "../../peers/connector/many_connectors.ts";
import { MAIN_CONNECTOR } from "../../config/more_connectors.ts";
import type { MoreConnector } from "../../config/profile.ts";
import { CommitLane } from "../../money/claims/commit_lane.ts";
import { packetEvidence } from "../../market/packet_evidence.ts";
import type { RelayReader } from "../../market/relay_questions.ts";
import { followCeilings } from "../../money/payer/follow_ceilings.ts";
import { SpendingGuard, type SpendingLimits } from "../../money/payer/spending_limits.ts";
import type { KeySigner } from "../../money/signer/key_signer.ts";
import type { Signer } from "../../money/signer/signer.ts";
import { mergedReads } from "../../store/read_together.ts";
import type { Store } from "../../store/store.ts";
import type { ProviderReceive } from "./provider_terminal.ts";
import type { LocalServiceContext } from "../../runtime/service.ts";
import type { SkillCatalog } from "../../skills/catalog/catalog_service.ts";
import { announcedTermsGate } from "../../market/terms/announced_terms_gate.ts";

/** The options of the session with the main connector, and the further ones. If `url` is null, the network has no payments. */
export interface ConnectorOptions extends Omit<ConnectorClientOptions, "url" | "receive"> {
  readonly url: string | null;
  /** The prefixes that the main connector reaches; empty if it reaches every address. */
  readonly reaches: readonly string[];
  readonly more: readonly MoreConnector[];
  /** The name of the network's profile. */
  readonly network: string;
  /** The limits at the start. They follow the signer's ceilings. */
  readonly spending: SpendingLimits;
  readonly receive: ProviderReceive | null;
}

/** The services that the session calls. */
interface ConnectorRemotes {
  readonly store: Store;
  readonly signer: Signer & Pick<KeySigner, "ceilingsAfter">;
  readonly chain: EvmChain & GasMarket;
  /** Present if the network has a chain: finds, opens and funds the channel for a payment. */
  readonly manager?: ChannelManager | null;
  /** Checks whether a write arrived for which a strict peer sent no answer. */
  readonly relayReader?: RelayReader;
  /** The catalog of a provider's skills, which may change. */
  readonly offers?: SkillCatalog;
}

/** Makes the sessions, which connect at once. */
export default async function connector(
  { url, receive, reaches, more, network, spending: limits, ...options }: ConnectorOptions,
  { store: remote, signer, chain, manager, relayReader, offers }: ConnectorRemotes,
  context: LocalServiceContext,
): Promise<ConnectorClient | undefined> {
  if (url === null) return undefined;
  const store = mergedReads(remote);
  const terminal = receive === null
    ? null
    // Only a provider loads what it receives with: the worker of a buyer reads two thirds of the modules.
    : await (await import("./provider_terminal.ts"))
      .providerTerminal(receive, { store, signer, offers }, context);
  const spending = new SpendingGuard(limits, store);
  await followCeilings(signer, spending, context);
  const deps: ConnectorClientDeps = {
    store,
    lane: new CommitLane(store),
    signer,
    chain,
    ...(manager ? { manager, evm: chain } : {}),
    spending,
    timers: systemTimers,
    random: Math.random,
    ...(relayReader === undefined
      ? {}
      : { evidence: packetEvidence({ store, relay: relayReader, clock: context.clock }) }),
    log: context.log,
  };
  const receiving = receive === null || terminal === null ? undefined : {
    terminal,
    ilpAddress: receive.ilpAddress,
    unitsPerNative: receive.unitsPerNative,
  };
  // Accounts and their held packets are in one place, over whichever connector a packet comes.
  const receiver = more.length === 0 || receiving === undefined
    ? null
    : await openReceiver({ ...options, receive: receiving }, deps, deps.lane!);
  receiver?.held.resume();
  const shared = receiver === null ? deps : { ...deps, receiver };
  const main = connectorClient({
    ...options,
    url,
    ...(receiving && { receive: receiving }),
  }, shared);
  const barredBy = relayReader === undefined ? null : announcedTermsGate(
    { network, chain: options.chain },
    { store, relayReader, timers: systemTimers, log: context.log },
  );
  const client = more.length === 0 ? main : manyConnectors([
    {
      name: MAIN_CONNECTOR,
      peerAddress: options.channel?.peerAddress ?? null,
      reaches,
      peerRule: options.peerRule,
      client: main,
    },
    ...more.map((each) => {
      const gate = barredBy?.(each);
      return {
        ...each,
        ...gate,
        client: further(each, options, receiving, { ...shared, ...gate }),
      };
    }),
  ], deps);
  const close = () => void client.close().finally(() => receiver?.close());
  context.signal.addEventListener("abort", close, { once: true });
  return client;
}

/** The session with a further connector. Its log lines name it. */
function further(
  { name, url, auth, peerAddress, peerRule, ilpAddress, publicOnly }: MoreConnector,
  { wire, chain, senderId, windowUnits, maxFrameBytes }: Omit<ConnectorClientOptions, "url">,
  receiving: ConnectorClientOptions["receive"],
  deps: ConnectorClientDeps,
): ConnectorClient {
  const log: typeof deps.log = (level, msg, fields) =>
    deps.log(level, msg, { ...fields, connector: name });
  const channel = { channelId: null, peerAddress };
  const receive = receiving && ilpAddress !== undefined && { ...receiving, ilpAddress };
  const common = { wire, chain, senderId, windowUnits, maxFrameBytes, ...receive && { receive } };
  const host = { url, publicOnly };
  return connectorClient({ ...common, ...host, name, auth, peerRule, channel }, { ...deps, log });
}

/**
 * The settings with which the dev network starts its relay, its connector and the connector's channel manager.
 *
 * @module
 */
import { BLOB_SERVER_LIMITS } from "../../blobs/server/limits.ts";
import type { Profile } from "../../config/profile.ts";
import type { ChannelManagerServiceOptions } from "../../money/channels/manager_service.ts";
import type { WalletIdentity } from "../../money/wallet/key_maker_service.ts";
import { DEFAULT_WIRE } from "../../protocols/wires/names.ts";
import { wireOf } from "../../protocols/wires/wires.ts";
import { DEV_TOKEN, DEV_TOKEN_NETWORK } from "../chain/dev_contracts.ts";
import type { ConnectorServiceOptions } from "../connector/connector_service.ts";
import type { BlobServerServiceOptions } from "../relay/blob_server_service.ts";
import type { RelayServiceOptions } from "../relay/relay_service.ts";
import {
  DEV_BLOB_UNITS_PER_MIB,
  DEV_CHAIN_ID,
  DEV_CONNECTOR_ADDRESS,
  DEV_PRICE_UNITS_PER_BYTE,
  DEV_RELAY_ADDRESS,
} from "./constitution.ts";
import type { DevLayout } from "./layout.ts";
import type { ConnectionBudget } from "./open_files.ts";

/** A peer that signs in to the dev connector. */
interface DevPeer {
  /** Its BTP user name. */
  readonly name: string;
  /** Its BTP secret. */
  readonly token: string;
  readonly identity: WalletIdentity;
}

/** Options of the relay's blob server. Its folder lies in that of the relay. */
export function blobServerOptions(
  { hostname, layout }: { readonly hostname: string; readonly layout: DevLayout },
): BlobServerServiceOptions {
  return {
    hostname,
    port: 0,
    folder: `${layout.relay.folder}/blobs`,
    unitsPerMib: DEV_BLOB_UNITS_PER_MIB,
    mirrors: "loopback",
  };
}

/** Options of the relay. It sells writes under the key `identity`, and storage at `blobsUrl`. */
export function relayOptions(
  { hostname, relayPort, layout, wire, version }: {
    readonly hostname: string;
    readonly relayPort: number;
    readonly layout: DevLayout;
    readonly wire?: Profile["wire"];
    readonly version: string;
  },
  identity: WalletIdentity,
  budget: ConnectionBudget,
  blobsUrl: string,
): RelayServiceOptions {
  return {
    hostname,
    port: relayPort,
    folder: layout.relay.folder,
    write: "ilp",
    limits: budget.relay,
    delivery: wireOf(wire ?? DEFAULT_WIRE).relayDelivery,
    identity: {
      name: "crosstown dev relay",
      description: "the embedded network's relay: reading is free, writing is paid by packet",
      pubkey: identity.pubkey,
      ilpAddress: DEV_RELAY_ADDRESS,
      priceUnitsPerByte: DEV_PRICE_UNITS_PER_BYTE,
      asset: { code: "M2M", scale: 6 },
      version,
      blobs: {
        url: blobsUrl,
        unitsPerMib: DEV_BLOB_UNITS_PER_MIB,
        maxBlobBytes: BLOB_SERVER_LIMITS.maxBlobBytes,
        keepS: BLOB_SERVER_LIMITS.keepS,
      },
    },
  };
}

/** Options of the connector's channel manager, which manages the channels with these peers. */
export function managerOptions(peers: readonly DevPeer[]): ChannelManagerServiceOptions {
  return {
    peers: peers.map(({ name, identity }) => ({ name, address: identity.paymentAddress })),
    // The limits are high, because many jobs in a day are normal on a dev network, and its tokens have no value.
    automaticOpensPerDay: 1_000,
    automaticDepositsPerDay: 1_000,
    watchAtStart: true,
    watchEveryMs: 500,
  };
}

/** Options of the connector. It serves the buyer and the providers, and announces the relay at `relayUrl`. */
export function connectorOptions(
  { hostname, connectorPort }: { readonly hostname: string; readonly connectorPort: number },
  budget: ConnectionBudget,
  buyer: DevPeer,
  providers: readonly (DevPeer & { readonly ilpAddress: string })[],
  relayUrl: string,
): ConnectorServiceOptions {
  return {
    ilpAddress: DEV_CONNECTOR_ADDRESS,
    listen: { hostname, port: connectorPort },
    chain: {
      chainId: DEV_CHAIN_ID,
      tokenNetworkAddress: DEV_TOKEN_NETWORK,
      tokenAddress: DEV_TOKEN,
    },
    ...budget.connector,
    peers: [buyer, ...providers].map(accountOf),
    routes: [
      { prefix: DEV_RELAY_ADDRESS, to: { terminal: "relay" } },
      ...providers.map(({ name, ilpAddress }) => ({ prefix: ilpAddress, to: { peer: name } })),
    ],
    minSettlementTimeoutS: 3_600,
    // Shorter than the time in which a service must stop.
    drainMs: 500,
    relay: {
      priceUnitsPerByte: DEV_PRICE_UNITS_PER_BYTE,
      blobUnitsPerMib: DEV_BLOB_UNITS_PER_MIB,
    },
    announce: {
      ilpAddress: DEV_RELAY_ADDRESS,
      relayUrl,
      asset: { code: "M2M", scale: 6 },
      tokenAddress: DEV_TOKEN,
    },
  };
}

function accountOf({ name, token, identity: { paymentAddress } }: DevPeer) {
  return {
    username: name,
    token,
    channelId: null,
    peerAddress: paymentAddress,
    settlementAddress: paymentAddress,
    peerRule: "credit" as const,
  };
}

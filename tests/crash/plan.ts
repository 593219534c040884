/** What the processes of one world share: their keys, their addresses and their channels. */
import { createHash } from "node:crypto";
import { channelIdOf } from "../../protocols/evm/channel_id.ts";
import type { Secp256k1 } from "../../protocols/evm/secp256k1.ts";
import type { ChannelFacts } from "../../money/evm/chain.ts";
import type { CrashPoint } from "../../base/crash_point.ts";

export const CHAIN_ID = 31337;
export const TOKEN_NETWORK = `0x${"c1".repeat(20)}`;
export const TOKEN = `0x${"c2".repeat(20)}`;
export const RELAY_ADDRESS = "test.hub.relay";
export const PROVIDER_ADDRESS = "test.hub.provider";
/** Of a provider that takes payments and does nothing. */
export const SILENT_ADDRESS = "test.hub.silent";
export const RELAY_UNITS_PER_BYTE = 1n;
/** So that a large result costs less than half of what its job pays. */
export const BLOB_UNITS_PER_MIB = 20_000n;
export const JOB_FLAT_UNITS = 5_000n;
/** What it asks of a job that is passed on to it. */
export const QUOTED_UNITS = 20_000n;
/** The bid of a job whose first provider is silent: it covers both, and the writes of their requests. */
export const SILENT_BID = 40_000n;
/** The terms of the provider's quotes. */
export const QUOTE_TERMS = {
  asset: { code: "M2M", scale: 6 },
  chain: { chainId: CHAIN_ID, tokenNetworkAddress: TOKEN_NETWORK },
  ilpAddress: PROVIDER_ADDRESS,
  leastDepositUnits: "2000",
};
/** Run time that an increment of a metered job buys, and how long such a job runs: it begins a second one. */
export const METERED = { increment: { unit: "second", size: 2 }, runMs: 2_500 } as const;
/** Output that an increment of a job buys that is paid by output, and what such a job prints in steps: it begins a third one. */
export const PRINTED = {
  increment: { unit: "kib", size: 1 },
  outputBytes: 2_500,
  stepBytes: 50,
} as const;
/** Every party's own deposit in its channel with the connector, and the connector's toward it. */
export const DEPOSIT = 50_000_000n;
/** W of every payer. */
export const WINDOW = 1_000_000n;
/** What strangers are paid in a day before their results: the first jobs of a world, until its provider has delivered. */
export const STRANGERS_UNITS = 64n * JOB_FLAT_UNITS;

/** If buyer and provider collude, the hub writes off early and the provider answers after that. */
export const COLLUSION = { writeOffMs: 150, answerAfterMs: 350, rounds: 2, packets: 4 } as const;

/** A process of the world. The hub is the connector with its relay; near is a connector between it and the buyer, in some worlds. */
export type Role = "buyer" | "provider" | "hub" | "near";

/** Who lives in a world. */
export function rolesOf({ hops }: Pick<Place, "hops">): readonly Role[] {
  return hops ? ["buyer", "provider", "hub", "near"] : ["buyer", "provider", "hub"];
}

/** Where a world is. */
export interface Place {
  /** Holds each process's own folder, by role. */
  readonly root: string;
  /** Where the relay and the connector are reached: other ports than their own where frames are disturbed on the way. */
  readonly relayPort: number;
  readonly connectorPort: number;
  /** Where they listen. */
  readonly ownRelayPort: number;
  readonly ownConnectorPort: number;
  /** Where the hub's blob server listens. */
  readonly blobPort: number;
  /** The buyer pays through its own connector, which listens here and forwards to the hub. */
  readonly hops: boolean;
  /** The buyer has two connectors: its own one, as in `hops`, and the hub. */
  readonly pair: boolean;
  readonly nearPort: number;
  /** Buyer and provider belong to one owner: the provider fulfils after the hub wrote the packet off. */
  readonly colluding: boolean;
  /** Buyer and provider keep an audit trail in git. */
  readonly audited: boolean;
  /** How far the world's clock is ahead of this machine's. */
  readonly aheadMs: number;
}

/** At which place a process dies: when it is there for the nth time. */
export interface Death {
  readonly point: CrashPoint;
  readonly nth: number;
}

/** What a process is started with. */
export interface Start {
  readonly role: Role;
  readonly place: Place;
  readonly death: Death | null;
}

/** Throw-away keys. */
export function keyOf(role: Role | "relay" | "silent"): Uint8Array {
  return createHash("sha256").update(`crash harness: ${role}`).digest();
}

/** The channels. `customer` is the buyer's if it pays through the near connector. */
export type ChannelName = "buyer" | "provider" | "near" | "customer";

/** All channels, as the chain has them. */
export function channelsOf(secp: Secp256k1): Record<ChannelName, ChannelFacts> {
  const between = (role: Role, other: Role, counter: number): ChannelFacts => {
    const [a, b] = [secp.addressOf(keyOf(role)), secp.addressOf(keyOf(other))];
    const side = (address: string) => ({
      address,
      depositUnits: DEPOSIT,
      claimedUnits: 0n,
      claimedNonce: 0,
    });
    return {
      channelId: channelIdOf(a, b, counter),
      chainId: CHAIN_ID,
      tokenNetworkAddress: TOKEN_NETWORK,
      participants: [side(a), side(b)],
      state: "open",
      settlementTimeoutS: 3_600,
    };
  };
  return {
    buyer: between("buyer", "hub", 1),
    provider: between("provider", "hub", 2),
    near: between("near", "hub", 3),
    customer: between("buyer", "near", 4),
  };
}

/** Opens the condition of a packet between colluding parties. */
export function fulfilmentOf(data: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update("collusion").update(data).digest());
}

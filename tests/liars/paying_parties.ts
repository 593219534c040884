/** Who trades in a market of all payment modes: keys, channels, and how each provider behaves. */
import { createHash } from "node:crypto";
import { channelIdOf } from "../../protocols/evm/channel_id.ts";
import { loadSecp256k1 } from "../../protocols/evm/secp256k1.ts";
import type { Increment } from "../../protocols/nostr/metered.ts";
import { type Pubkey } from "../../protocols/nostr/event.ts";
import { publicKeyOf } from "../../protocols/nostr/sign.ts";
import type { ChannelFacts } from "../../money/evm/chain.ts";
import { createKeySigner, type KeySigner } from "../../money/signer/key_signer.ts";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import type { OpenStore } from "../../store/store.ts";
import type { VirtualTime } from "../money/payer/sim/virtual_time.ts";

/** How a job is paid. Those that are metered are paid by run time, or by output. */
export const MODES = ["upfront", "on-delivery", "seconds", "kib"] as const;
export type PayMode = typeof MODES[number];

/** What a liar does with a job. What does not fit the mode of a job is `silent` there. */
export const LIES = [
  /** Gives another result. */
  "wrong",
  /** Answers after the job's time. */
  "late",
  /** Takes the first payment, and does nothing. */
  "silent",
  /** Takes the first payment, and says that the job failed. */
  "takes money",
  /** Refuses the amount of its own quote, and asks for more with its result. */
  "raises",
  /** Answers the requests of the others, also in their names. */
  "answers for others",
  /** On delivery: sells a key that does not open its result. */
  "broken key",
  /** On delivery: does not give the key. */
  "keeps key",
  /** Metered: takes the second increment, and stops. */
  "stops",
  /** Metered: says that all increments are due, and does nothing. */
  "claims",
  /** On delivery and metered: quotes nearly the whole price as the first part, and takes it. */
  "asks at once",
] as const;
export type Lie = typeof LIES[number];

export const CHAIN = {
  chainId: 31337,
  tokenNetworkAddress: `0x${"c1".repeat(20)}`,
  tokenAddress: `0x${"c2".repeat(20)}`,
};
export const ASSET = { code: "M2M", scale: 6 };
/** The price that all providers announce. */
export const FLAT_UNITS = 20_000n;
/** What the least result costs to write: the least deposit and the least increment. */
export const LEAST_UNITS = 2_000n;
export const INCREMENTS: Readonly<Record<"seconds" | "kib", Increment>> = {
  seconds: { unit: "second", size: 4 },
  kib: { unit: "kib", size: 1 },
};
/** The run time and the output of a job: it begins three increments of each sort. */
export const WORK = { ms: 9_500, bytes: 2_600, stepBytes: 300 };
const DEPOSIT = 50_000_000n;

export const secp = await loadSecp256k1();

/** The key of a party of this name in a market. */
export function keyOf(seed: number, name: string): Uint8Array {
  return createHash("sha256").update(`market ${seed}: ${name}`).digest();
}

/** The channel through which a buyer pays a provider. */
export function channelBetween(buyer: Uint8Array, provider: Uint8Array): ChannelFacts {
  const [a, b] = [secp.addressOf(buyer), secp.addressOf(provider)];
  const side = (address: string, depositUnits: bigint) => ({
    address,
    depositUnits,
    claimedUnits: 0n,
    claimedNonce: 0,
  });
  return {
    ...CHAIN,
    channelId: channelIdOf(a, b, 1),
    participants: [side(a, DEPOSIT), side(b, 0n)],
    state: "open",
    settlementTimeoutS: 86_400,
  } as ChannelFacts;
}

/** A party with its key, its signer and its disk. */
export interface Party extends AsyncDisposable {
  readonly key: Uint8Array;
  readonly pubkey: Pubkey;
  readonly address: string;
  readonly signer: KeySigner;
  readonly store: OpenStore;
}

/** Opens a party. */
export async function openParty(key: Uint8Array, time: VirtualTime): Promise<Party> {
  const folder = await Deno.makeTempDir({ prefix: "liars-" });
  const clock = () => time.nowMs;
  const store = await openSqliteStore({ folder, clock });
  const units = 10n ** 12n;
  const signer = await createKeySigner({
    nostrKey: key,
    paymentKey: key,
    ceilings: {
      perPacketUnits: units,
      perChannelUnits: units,
      perHourUnits: units,
      perDayUnits: units,
    },
    allow: [CHAIN],
    snapshot: "first",
    clock,
  });
  return {
    key,
    pubkey: publicKeyOf(key),
    address: secp.addressOf(key),
    signer,
    store,
    async [Symbol.asyncDispose]() {
      await store.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/**
 * Measures claims: signing (each is checked, and the ledger sealed), checking, and accepting them in a receiver with a
 * durable store, 64 at once. Each is measured for one channel and for 1,000 channels in the same process. Our recovery
 * is compared with viem's.
 *
 * @module
 */
import { recoverTypedDataAddress } from "viem";
import { interledgerWire as codec } from "../protocols/wires/interledger/wire.ts";
import { asAddress } from "../protocols/evm/address.ts";
import { recoverBalanceProof, signBalanceProof } from "../protocols/evm/balance_proof.ts";
import { asChannelId } from "../protocols/evm/channel_id.ts";
import { balanceProofOf, encodeClaim } from "../protocols/evm/claim.ts";
import { loadSecp256k1, type Secp256k1 } from "../protocols/evm/secp256k1.ts";
import { CommitLane } from "../money/claims/commit_lane.ts";
import { terminalDelivery } from "../money/receiver/delivery.ts";
import { Receiver } from "../money/receiver/receiver.ts";
import { systemTimers } from "../base/timers.ts";
import { createKeySigner } from "../money/signer/key_signer.ts";
import { openSqliteStore } from "../store/sqlite_store.ts";
import { conditionFor, countingTerminal } from "../tests/network/connector/counting_terminal.ts";
import type { Figure } from "./figures.ts";

const KEY = new Uint8Array(32).fill(2);
const HUB = asAddress(`0x${"11".repeat(20)}`);
const chainId = 31_337;
const tokenNetworkAddress = asAddress(`0x${"cd".repeat(20)}`);
const domain = { chainId, verifyingContract: tokenNetworkAddress };
const PLENTY = 2n ** 60n;
const MANY = 1_000;
const SIGNED = 1_000;
const RECEIVED = 3_000;
const WAITING = 64;

/** Runs the measurement, which takes about ten seconds. */
export async function benches(
  clock: () => number = () => performance.now(),
): Promise<readonly Figure[]> {
  const secp = await loadSecp256k1();
  const one = await signed(clock, 1);
  const many = await signed(clock, MANY);
  const check = checked(clock, secp);
  const viem = await checkedByViem(clock, secp);
  const single = await received(clock, secp, 1);
  const spread = await received(clock, secp, MANY);
  return [
    beside(`claims signed, ${MANY} channels`, many, "1 channel", one),
    beside("claims checked", check, "viem", viem),
    beside(`paid packets taken in, ${MANY} channels`, spread, "1 channel", single),
  ];
}

function beside(name: string, value: number, other: string, compared: number): Figure {
  return {
    name,
    value,
    unit: "1/s",
    compare: { name: other, value: compared },
    ratio: value / compared,
  };
}

function channelOf(at: number) {
  return asChannelId(`0x${at.toString(16).padStart(64, "0")}`);
}

async function signed(clock: () => number, channels: number): Promise<number> {
  const signer = await createKeySigner({
    nostrKey: KEY.slice(),
    paymentKey: KEY.slice(),
    ceilings: {
      perPacketUnits: PLENTY,
      perChannelUnits: PLENTY,
      perHourUnits: PLENTY,
      perDayUnits: PLENTY,
    },
    allow: [{ chainId, tokenNetworkAddress }],
    snapshot: "first",
    clock: Date.now,
    entries: { load: () => Promise.resolve([]), save: () => Promise.resolve() },
  });
  const nonces = new Map<number, number>();
  const sign = async (count: number) => {
    for (let at = 0; at < count; at++) {
      const nonce = (nonces.get(at % channels) ?? 0) + 1;
      nonces.set(at % channels, nonce);
      await signer.signClaim({
        chainId,
        tokenNetworkAddress,
        channelId: channelOf(at % channels),
        nonce,
        transferredAmount: BigInt(nonce),
        packetAmount: 10n,
      });
    }
  };
  await sign(channels);
  const start = clock();
  await sign(SIGNED);
  return SIGNED * 1_000 / (clock() - start);
}

function checked(clock: () => number, secp: Secp256k1): number {
  const proof = { channelId: channelOf(0), nonce: 1, transferredAmount: 1n };
  const signature = signBalanceProof(secp, domain, proof, KEY);
  const start = clock();
  for (let at = 0; at < SIGNED; at++) recoverBalanceProof(secp, domain, proof, signature);
  return SIGNED * 1_000 / (clock() - start);
}

async function checkedByViem(clock: () => number, secp: Secp256k1): Promise<number> {
  const proof = { channelId: channelOf(0), nonce: 1, transferredAmount: 1n };
  const signature = signBalanceProof(secp, domain, proof, KEY) as `0x${string}`;
  const count = SIGNED / 4;
  const start = clock();
  for (let at = 0; at < count; at++) {
    await recoverTypedDataAddress({
      domain: {
        name: "TokenNetwork",
        version: "1",
        chainId,
        verifyingContract: `${tokenNetworkAddress}` as `0x${string}`,
      },
      types: {
        BalanceProof: [
          { name: "channelId", type: "bytes32" },
          { name: "nonce", type: "uint256" },
          { name: "transferredAmount", type: "uint256" },
          { name: "lockedAmount", type: "uint256" },
          { name: "locksRoot", type: "bytes32" },
        ],
      },
      primaryType: "BalanceProof",
      message: {
        channelId: `${proof.channelId}` as `0x${string}`,
        nonce: 1n,
        transferredAmount: 1n,
        lockedAmount: 0n,
        locksRoot: `0x${"0".repeat(64)}`,
      },
      signature,
    });
  }
  return count * 1_000 / (clock() - start);
}

/** Sends packets with claims of `channels` in turn, made beforehand, into one receiver. */
async function received(
  clock: () => number,
  secp: Secp256k1,
  channels: number,
): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "crosstown-bench-" });
  const payer = secp.addressOf(KEY);
  const store = await openSqliteStore({ folder: `${folder}/store`, clock: Date.now });
  // The channels have paid before, because lookups of unknown ones are rate-limited.
  await store.commit(Array.from({ length: channels }, (_, at) => ({
    op: "putReceiverChannel",
    row: {
      channelId: channelOf(at),
      peer: payer,
      credited: 17n,
      watermark: 1,
      bestClaim: null,
      spent: 17n,
    },
  })));
  const side = (address: string) => ({
    address,
    depositUnits: PLENTY,
    claimedUnits: 0n,
    claimedNonce: 0,
  });
  const receiver = await Receiver.open({
    ilpAddress: "test.hub",
    paymentAddress: HUB,
    minSettlementTimeoutS: 3_600,
  }, {
    store,
    lane: new CommitLane(store),
    chain: {
      channel: (channelId) =>
        Promise.resolve({
          channelId,
          chainId,
          tokenNetworkAddress,
          participants: [side(payer), side(HUB)],
          state: "open",
          settlementTimeoutS: 3_600,
        }),
    },
    delivery: terminalDelivery(countingTerminal()),
    codec,
    timers: systemTimers,
    log: () => {},
    recover: (claim) => {
      const { domain, proof } = balanceProofOf(claim);
      return recoverBalanceProof(secp, domain, proof, claim.signature);
    },
  });
  const packets = Array.from(
    { length: RECEIVED + channels },
    (_, at) => packetOf(secp, payer, at, channels),
  );
  let next = 0;
  const take = async (until: number) => {
    while (next < until) {
      const reply = await receiver.receive(packets[next++], { kind: "channel", channelId: null });
      const answer = reply === null ? null : codec.decodePacket(reply.packet);
      if (answer?.type !== "fulfill") {
        throw new Error(`a packet was not fulfilled: ${answer?.type ?? "silence"}`);
      }
    }
  };
  const fly = (until: number) => Promise.all(Array.from({ length: WAITING }, () => take(until)));
  try {
    // The first packet of each channel reads its account, so it is not measured.
    await fly(channels);
    const start = clock();
    await fly(packets.length);
    return RECEIVED * 1_000 / (clock() - start);
  } finally {
    await receiver.close();
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

function packetOf(secp: Secp256k1, payer: string, at: number, channels: number) {
  const nonce = Math.floor(at / channels) + 2;
  const proof = {
    channelId: channelOf(at % channels),
    nonce,
    transferredAmount: 17n * BigInt(nonce),
  };
  const data = new Uint8Array(1_700);
  new TextEncoder().encodeInto(`packet ${at}`, data);
  return {
    claim: encodeClaim({
      ...proof,
      messageId: `bench-${at}`,
      timestamp: "2030-01-01T00:00:00.000Z",
      senderId: "bench",
      signature: signBalanceProof(secp, domain, proof, KEY),
      signerAddress: asAddress(payer),
      chainId,
      tokenNetworkAddress,
    }),
    prepare: codec.encodePrepare({
      amount: 17n,
      expiresAtMs: Date.now() + 240_000,
      condition: conditionFor(data),
      destination: "test.hub.relay",
      data,
    }),
  };
}

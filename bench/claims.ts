/**
 * Measures what a claim costs: signing with its sealed ledger (of one channel and of 1,000) and signing alone,
 * recovering, reading its JSON, the packet around it, and one Nostr event. Our figures are compared with viem's
 * recovery and nostr-tools' signing in the same run. Start: `deno bench --allow-read bench/claims.ts`
 *
 * @module
 */
import { finalizeEvent, getPublicKey } from "nostr-tools/pure";
import { recoverTypedDataAddress } from "viem";
import { interledgerWire as wire } from "../protocols/wires/interledger/wire.ts";
import { balanceProofDigest, recoverBalanceProof } from "../protocols/evm/balance_proof.ts";
import { encodeClaim, parseClaim } from "../protocols/evm/claim.ts";
import { loadSecp256k1 } from "../protocols/evm/secp256k1.ts";
import { asAddress } from "../protocols/evm/address.ts";
import { asChannelId } from "../protocols/evm/channel_id.ts";
import { asPubkey } from "../protocols/nostr/event.ts";
import { createKeySigner } from "../money/signer/key_signer.ts";
import type { SealedEntry } from "../money/signer/ledger_entry.ts";

const nostrKey = new Uint8Array(32).fill(1);
const paymentKey = new Uint8Array(32).fill(2);
const tokenNetworkAddress = asAddress(`0x${"cd".repeat(20)}`);
const channelId = asChannelId(`0x${"ab".repeat(32)}`);
const chainId = 31_337;
const plenty = 2n ** 200n;
const secp = await loadSecp256k1();
const signerOptions = {
  nostrKey,
  paymentKey,
  ceilings: {
    perPacketUnits: plenty,
    perChannelUnits: plenty,
    perHourUnits: plenty,
    perDayUnits: plenty,
  },
  allow: [{ chainId, tokenNetworkAddress }],
  snapshot: "first",
  clock: Date.now,
} as const;
const signer = await createKeySigner(signerOptions);

let nonce = 0;
const fields = { chainId, tokenNetworkAddress, channelId, packetAmount: 10n };
const next = () =>
  signer.signClaim({ ...fields, nonce: ++nonce, transferredAmount: BigInt(nonce) });
const { signature, signerAddress } = await next();
const proof = { channelId, nonce: 1, transferredAmount: 1n };
const domain = { chainId, verifyingContract: tokenNetworkAddress };
const claim = encodeClaim({
  messageId: "bench",
  timestamp: "2030-01-01T00:00:00.000Z",
  senderId: "bench",
  channelId,
  nonce: 1,
  transferredAmount: 1n,
  signature,
  signerAddress: asAddress(signerAddress),
  chainId,
  tokenNetworkAddress,
});
const prepare = {
  amount: 17_000n,
  expiresAtMs: 1_900_000_000_000,
  condition: new Uint8Array(32),
  destination: "g.dev.relay",
  data: new Uint8Array(1_700),
};
const frameOf = () =>
  wire.encodeFrame({
    type: "message",
    requestId: 1,
    packet: wire.encodePrepare(prepare),
    protocolData: [{ name: "payment-channel-claim", contentType: 2, data: claim }],
  });
const frame = frameOf();
const pubkey = asPubkey(getPublicKey(nostrKey));
const template = { kind: 1, created_at: 1, tags: [["t", "bench"]], content: "x".repeat(1_000) };

/** A signer that serves 1,000 channels in turn. Its entries go to memory, so that only the signer is measured. */
const rows = new Map<string, SealedEntry>();
const many = await createKeySigner({
  ...signerOptions,
  entries: {
    load: () => Promise.resolve([]),
    save: (entries) => {
      for (const entry of entries) rows.set(entry.key, entry);
      return Promise.resolve();
    },
  },
});
const nonces = new Map<string, number>();
const channels = Array.from({ length: 1_000 }, (_, at) => `0x${String(at).padStart(64, "0")}`);
let turn = 0;
const nextOfMany = () => {
  const channelId = channels[turn++ % channels.length];
  const nonce = (nonces.get(channelId) ?? 0) + 1;
  nonces.set(channelId, nonce);
  return many.signClaim({ ...fields, channelId, nonce, transferredAmount: BigInt(nonce) });
};
for (const _ of channels) await nextOfMany();

const digest = balanceProofDigest(domain, proof);
Deno.bench("sign a digest, nothing else", { group: "claim", baseline: true }, () => {
  secp.sign(digest, paymentKey);
});
Deno.bench("sign a digest and check it with the key", { group: "claim" }, () => {
  secp.signChecked(digest, paymentKey);
});
Deno.bench("sign a digest and recover its signer", { group: "claim" }, () => {
  secp.recover(digest, secp.sign(digest, paymentKey));
});
Deno.bench("sign a claim, check it, seal the ledger of 1 channel", { group: "claim" }, async () => {
  await next();
});
Deno.bench("sign a claim, check it, seal the ledger of 1,000", { group: "claim" }, async () => {
  await nextOfMany();
});
Deno.bench("recover a claim's signer", { group: "recover", baseline: true }, () => {
  recoverBalanceProof(secp, domain, proof, signature);
});
Deno.bench("recover a claim's signer with viem", { group: "recover" }, async () => {
  await recoverTypedDataAddress({
    domain: {
      name: "TokenNetwork",
      version: "1",
      ...domain,
      verifyingContract: `0x${tokenNetworkAddress.slice(2)}`,
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
      channelId: `0x${channelId.slice(2)}`,
      nonce: 1n,
      transferredAmount: 1n,
      lockedAmount: 0n,
      locksRoot: `0x${"0".repeat(64)}`,
    },
    signature: `0x${signature.slice(2)}`,
  });
});
Deno.bench("read a claim", { group: "bytes" }, () => {
  parseClaim(claim);
});
Deno.bench("encode a PREPARE of 1.7 KB in its frame", { group: "bytes" }, () => {
  frameOf();
});
Deno.bench("decode that frame and its PREPARE", { group: "bytes" }, () => {
  const { packet } = wire.decodeFrame(frame);
  if (packet !== undefined) wire.decodePacket(packet);
});
Deno.bench("sign and verify an event", { group: "event", baseline: true }, async () => {
  await signer.signEvents([{ ...template, pubkey }]);
});
Deno.bench("sign an event with nostr-tools, unverified", { group: "event" }, () => {
  finalizeEvent({ ...template, tags: template.tags.map((tag) => [...tag]) }, nostrKey);
});

/** A home with payments, jobs and a channel behind it, and the harm that befalls it. */
import assert from "node:assert/strict";
import { asAddress } from "../../../protocols/evm/address.ts";
import { signBalanceProof } from "../../../protocols/evm/balance_proof.ts";
import { asChannelId } from "../../../protocols/evm/channel_id.ts";
import { encodeClaim } from "../../../protocols/evm/claim.ts";
import { loadSecp256k1 } from "../../../protocols/evm/secp256k1.ts";
import { examineHome } from "../../../trail/recovery/examine_home.ts";
import { recoverHome } from "../../../trail/recovery/recover_home.ts";
import type { JournalEntry, OpenStore } from "../../../store/store.ts";
import { type AuditHome, jobChange } from "../audit/audit_home.ts";
import { chainChannel, CHANNEL, eventIdOf, incoming, receiver } from "../../store/store_rows.ts";
import { auditedHome, drained } from "./audited_home.ts";

export const HOUR = 3_600_000;
export const PEER_KEY = new Uint8Array(32).fill(3);
export const FOREIGN_KEY = new Uint8Array(32).fill(4);

/** A claim in the peer's name on the channel of these rows. */
export async function signedClaim(nonce: number, transferredAmount: bigint, key: Uint8Array) {
  const secp = await loadSecp256k1();
  const { chainId, contract } = chainChannel();
  const tokenNetworkAddress = asAddress(contract);
  const channelId = asChannelId(CHANNEL);
  const peerAddress = secp.addressOf(PEER_KEY);
  const domain = { chainId, verifyingContract: tokenNetworkAddress };
  const signature = signBalanceProof(secp, domain, { channelId, nonce, transferredAmount }, key);
  const claim = encodeClaim({
    messageId: "m",
    timestamp: new Date(0).toISOString(),
    senderId: "peer",
    channelId,
    nonce,
    transferredAmount,
    signature,
    signerAddress: peerAddress,
    chainId,
    tokenNetworkAddress,
  });
  return { claim, peerAddress: peerAddress as string };
}

/** Five payments, one job that ended and one that did not, and something that was earned. */
export async function busyHome(): Promise<AuditHome> {
  const home = await auditedHome(5);
  home.nowMs += HOUR;
  const other = eventIdOf("77");
  await home.store.commit([
    { op: "patchJob", jobId: "job-5abc123", role: "buyer", patch: { status: "success" } },
    jobChange({ eventId: other, role: "provider", status: "paid", provider: "f".repeat(64) }),
  ]);
  const row = incoming({ nonce: 3, amount: 40n, obligation: `job:${other}` });
  await home.store.commit([
    { op: "putIncoming", row },
    { op: "putReceiverChannel", row: receiver({ credited: 90n, watermark: 3 }) },
  ]);
  await home.store.commit([
    { op: "putIncoming", row: { ...row, state: "fulfilled", answer: new Uint8Array([1]) } },
    { op: "putReceiverChannel", row: receiver({ credited: 90n, watermark: 3, spent: 40n }) },
  ]);
  await drained(home);
  return home;
}

export async function entriesOf(store: OpenStore): Promise<JournalEntry[]> {
  return await store.journalAfter(0, 10_000, 0);
}

/** The store ends, is changed by `harm`, and is recovered. */
export async function afterHarm(
  home: AuditHome,
  source: "git" | "journal" | "chain",
  harm: (folder: string) => Promise<void>,
) {
  const { store, place } = home;
  await store.close();
  await harm(home.folder);
  const condition = await examineHome(place);
  assert.equal(condition.source, source, JSON.stringify(condition));
  return await recoverHome({ place, source, clock: () => home.nowMs + HOUR });
}

export async function removeStore(folder: string): Promise<void> {
  for (const name of ["state.db", "state.db-wal", "state.db-shm"]) {
    await Deno.remove(`${folder}/${name}`).catch(() => undefined);
  }
}

/** The data of a file: only known fields. */
export const known = (data: JournalEntry["data"]) =>
  Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null));

export const line = ({ data: _, ...rest }: JournalEntry) => rest;

/** A home with its payments in log and git, and checkpoints by its own key. */
import { schnorr } from "@noble/curves/secp256k1.js";
import { checkpointDigest } from "../../../protocols/nostr/journal_checkpoint.ts";
import {
  type AuditHome,
  auditHome,
  channelChanges,
  jobChange,
  LONG_MS,
  pay,
} from "../audit/audit_home.ts";

export const KEY = new Uint8Array(32).fill(7);
export const PUBKEY = schnorr.getPublicKey(KEY).toHex();

/** Signs checkpoints. */
export function checkpointSigner(key: Uint8Array<ArrayBuffer> = KEY) {
  return {
    signCheckpoint: (fields: Parameters<typeof checkpointDigest>[0]) =>
      Promise.resolve({
        signature: schnorr.sign(checkpointDigest(fields), key).toHex(),
        pubkey: schnorr.getPublicKey(key).toHex(),
      }),
  };
}

/** A channel, a job and so many payments, drained. */
export async function auditedHome(payments: number): Promise<AuditHome> {
  const home = await auditHome();
  await home.store.commit([...channelChanges(), jobChange()]);
  await pay(home.store, payments);
  await drained(home);
  return home;
}

/** Processes the journal's entries of this moment, and ends. */
export async function drained(home: AuditHome): Promise<void> {
  const audit = home.start({}, checkpointSigner());
  await audit.drain(LONG_MS);
  await home.end();
}

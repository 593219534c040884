/// <reference lib="deno.worker" />
/**
 * A worker of the verifier pool: batches of signatures in, one byte each out. It needs no permission and keeps nothing.
 *
 * @module
 */
import { loadSchnorr } from "../protocols/nostr/schnorr.ts";
import {
  type BatchMessage,
  checkSignatures,
  READY,
  type VerdictMessage,
} from "./signature_batch.ts";

const scope = self as unknown as DedicatedWorkerGlobalScope;
// A worker without permissions still has these two.
for (const name of ["caches", "BroadcastChannel"]) {
  delete (scope as unknown as Record<string, unknown>)[name];
}

// The handler stands before anything is awaited: what comes while WebAssembly compiles would be lost otherwise.
const loading = loadSchnorr();
scope.onmessage = async ({ data }: MessageEvent<BatchMessage>) => {
  const good = checkSignatures(await loading, data.bytes);
  scope.postMessage({ batch: data.batch, good } satisfies VerdictMessage, [good.buffer]);
};
scope.postMessage({ batch: READY, good: new Uint8Array(0) } satisfies VerdictMessage);

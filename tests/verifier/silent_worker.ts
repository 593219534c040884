/// <reference lib="deno.worker" />
// Takes batches and never answers; with ?die in its URL it throws instead, with ?lie it answers what was not asked.
const scope = self as unknown as DedicatedWorkerGlobalScope;
const { search } = new URL(import.meta.url);
scope.onmessage = ({ data }) => {
  if (search === "?die") throw new Error("died of a batch");
  if (search === "?lie") scope.postMessage({ batch: data.batch, good: new Uint8Array([1]) });
  if (search === "?two") {
    scope.postMessage({ batch: data.batch, good: new Uint8Array(data.bytes.length / 128).fill(2) });
  }
};
scope.postMessage({ batch: -1, good: new Uint8Array(0) });

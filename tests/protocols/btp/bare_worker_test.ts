import assert from "node:assert/strict";
import { published } from "../evm/vectors.ts";

Deno.test("codecs load and work in a worker without permissions", async () => {
  const worker = new Worker(new URL("./bare_worker.ts", import.meta.url), {
    type: "module",
    deno: { permissions: "none" },
  });
  try {
    const answer = Promise.withResolvers<unknown>();
    worker.onmessage = ({ data }) => answer.resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      answer.reject(new Error(event.message));
    };
    worker.postMessage({ claim: new TextEncoder().encode(published.claimJson) });
    assert.deepEqual(await answer.promise, {
      type: "prepare",
      address: "0x1a642f0e3c3af545e7acbd38b07251b3990914f1",
    });
  } finally {
    worker.terminate();
  }
});

/// <reference lib="deno.worker" />
/**
 * Packs inputs in a worker with few permissions, for pack_input_test.ts.
 *
 * @module
 */
import { packInput } from "../../../services/market/pack_input.ts";

self.onmessage = async ({ data }) => {
  const outcomes: string[] = [];
  for (const input of data.inputs) {
    for (const limitBytes of data.limits) {
      try {
        const stdin = () => Promise.resolve(new Uint8Array(0));
        const packed = await packInput(input, { git: "git", path: data.path, limitBytes, stdin });
        outcomes.push(packed.type);
      } catch (error) {
        outcomes.push((error as { code?: string }).code ?? String(error));
      }
    }
  }
  self.postMessage(outcomes);
};

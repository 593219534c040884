/**
 * Asks a relay or a connector whether it is there, from a worker that may reach that one host and nothing else, so that no foreign
 * byte is read on the main thread.
 *
 * @module
 */
import { hostOfUrl } from "../../base/urls.ts";
import type { ProbeAnswer, ProbeRequest } from "./probe_question.ts";

/** How long the worker may be silent beyond its own timeout. */
const GRACE_MS = 2_000;

/** Asks, and ends the worker. Never throws for what the peer does. */
export async function probe(request: ProbeRequest, signal: AbortSignal): Promise<ProbeAnswer> {
  signal.throwIfAborted();
  const worker = new Worker(new URL("./probe_worker.ts", import.meta.url), {
    type: "module",
    name: `probe-${request.what}`,
    deno: { permissions: { net: [hostOfUrl(request.url)] } },
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await new Promise<ProbeAnswer>((resolve, reject) => {
      const gone = (reason: string) =>
        resolve({
          ok: false,
          state: "unreachable",
          reason,
          elapsedMs: request.timeoutMs,
          information: null,
          reading: null,
        });
      worker.onmessage = ({ data }) => resolve(data as ProbeAnswer);
      worker.onerror = (event) => {
        event.preventDefault();
        gone(event.message);
      };
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      timer = setTimeout(() => gone("no answer"), request.timeoutMs + GRACE_MS);
      worker.postMessage(request);
    });
  } finally {
    clearTimeout(timer);
    worker.terminate();
  }
}

/**
 * Asks a relay or a connector whether it answers. A worker whose only permission is that host does this, so the main thread reads no
 * foreign bytes.
 *
 * @module
 */
import { hostOfUrl } from "../../base/urls.ts";
import type { ProbeAnswer, ProbeRequest } from "./probe_question.ts";

/** How long the worker may take beyond its own timeout, in milliseconds. */
const GRACE_MS = 2_000;

/** Runs the probe and ends the worker. Never throws because of a peer's behaviour. */
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

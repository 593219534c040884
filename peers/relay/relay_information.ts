/**
 * Requests a relay's NIP-11 document, with a limit of 64 KiB and 5 s. The document is only advice: our own limits always apply.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/11.md
 * @module
 */
import { parseRelayInformation, type RelayInformation } from "../../protocols/nostr/nip11.ts";
import type { Timers } from "../../base/timers.ts";

export type { RelayInformation };

/** The largest document that is read, in bytes. */
const MAX_INFORMATION_BYTES = 65_536;
const TIMEOUT_MS = 5_000;

/** What the request needs. */
interface InformationDeps {
  readonly fetch: typeof fetch;
  readonly timers: Timers;
  readonly signal: AbortSignal;
}

/** The document at `url`, or null if no valid document can be read. Never throws. */
export async function fetchInformation(
  url: string,
  deps: InformationDeps,
): Promise<RelayInformation | null> {
  const late = new AbortController();
  const cancel = deps.timers.after(TIMEOUT_MS, () => late.abort());
  try {
    const response = await deps.fetch(url, {
      headers: { accept: "application/nostr+json" },
      redirect: "error",
      signal: AbortSignal.any([late.signal, deps.signal]),
    });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      return null;
    }
    return parseRelayInformation(await readText(response.body));
  } catch {
    return null;
  } finally {
    cancel();
  }
}

async function readText(body: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > MAX_INFORMATION_BYTES) {
      throw new RangeError("the document is too large");
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

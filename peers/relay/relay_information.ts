/**
 * Requests a relay's NIP-11 document, with a limit of 64 KiB and 5 s. The document is only advice: our own limits always apply.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/11.md
 * @module
 */
import { parseRelayInformation, type RelayInformation } from "../../protocols/nostr/nip11.ts";
import { httpGet } from "../socket/http_get.ts";
import type { Timers } from "../../base/timers.ts";

export type { RelayInformation };

/** The largest document that is read, in bytes. */
const MAX_INFORMATION_BYTES = 65_536;
const TIMEOUT_MS = 5_000;

/** What the request needs. */
interface InformationDeps {
  readonly timers: Timers;
  readonly signal: AbortSignal;
}

/** The document at `url`, or null if no valid document can be read. Never throws. */
export async function fetchInformation(
  url: string,
  { timers, signal }: InformationDeps,
): Promise<RelayInformation | null> {
  const late = new AbortController();
  const cancel = timers.after(TIMEOUT_MS, () => late.abort());
  try {
    const document = await httpGet(
      new URL(url),
      { accept: "application/nostr+json", maxBytes: MAX_INFORMATION_BYTES },
      AbortSignal.any([late.signal, signal]),
    );
    if (document === null) return null;
    return parseRelayInformation(new TextDecoder("utf-8", { fatal: true }).decode(document));
  } catch {
    return null;
  } finally {
    cancel();
  }
}

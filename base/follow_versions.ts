/**
 * Follows something that has a version, such as a provider's skills.
 *
 * Held: one question. If it cannot be asked any more, nothing more is reported, and the log says so.
 *
 * @module
 */
import type { Log } from "./log/log.ts";
import { messageOf } from "./thrown.ts";

/** Answers questions for what is newer than a version. */
interface Versioned<Value> {
  /** Returns the value as soon as its version differs, and after `waitMs` in any case. */
  changed(version: number, waitMs: number): Promise<Value>;
}

/** How long one question waits, in milliseconds. */
const WAIT_MS = 30_000;

/** Reports the value now and after each change, until the signal. Never rejects. */
export async function followVersions<Value extends { readonly version: number }>(
  source: Versioned<Value>,
  tell: (value: Value) => void,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Log },
): Promise<void> {
  for (let version = 0; !signal.aborted;) {
    try {
      const now = await source.changed(version, version === 0 ? 0 : WAIT_MS);
      if (signal.aborted) return;
      if (now.version !== version) tell(now);
      version = now.version;
    } catch (error) {
      if (!signal.aborted) {
        log("error", "changes of a provider's offers are not seen any more", {
          error: messageOf(error),
        });
      }
      return;
    }
  }
}

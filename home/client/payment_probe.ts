/**
 * Pays for one small event at the relay, which shows that wallet, channel, connector and relay work together.
 *
 * @module
 */
import { ownWrite } from "../../store/own_write.ts";
import { APPLICATION_DATA_KIND } from "../../protocols/nostr/kinds.ts";
import type { EventTemplate } from "../../protocols/nostr/event.ts";
import type { Store } from "../../store/store.ts";
import { isConflict } from "../../store/store_error.ts";

/** Who pays whom, and how long the answer may take. */
export interface ProbeAsked {
  /** The home's own key in hex. */
  readonly pubkey: string;
  /** The relay as a paid destination. */
  readonly destination: string;
  /** The relay's key in hex. */
  readonly terminalPubkey: string;
  /** In milliseconds, at most a minute. */
  readonly waitMs: number;
}

/** The outcome. `late`: there was no answer in time, and the event is not sent any more. */
export interface ProbeAnswer {
  readonly state: "done" | "failed" | "late";
  /** The reason of a failure. */
  readonly detail: string | null;
}

const MAX_WAIT_MS = 60_000;
const LOOK_MS = 50;

/** The event. Relays that know NIP-40 forget it after a minute, and each replaces the one before. */
function probeTemplate(atS: number): EventTemplate {
  return {
    kind: APPLICATION_DATA_KIND,
    created_at: atS,
    tags: [["d", "crosstown-doctor"], ["expiration", String(atS + 60)]],
    content: "",
  };
}

/** Puts the event into the outbox, and waits for its outcome. Rejects with the signal's reason. */
export async function payProbe(
  store: Pick<Store, "commit" | "outboxEntry">,
  { pubkey, destination, terminalPubkey, waitMs }: ProbeAsked,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const nowMs = Date.now();
  const template = probeTemplate(Math.floor(nowMs / 1_000));
  const event = new TextEncoder().encode(JSON.stringify({ ...template, pubkey }));
  await store.commit([ownWrite(event, { destination, terminalPubkey }, nowMs)]);
  const untilMs = performance.now() + Math.min(waitMs, MAX_WAIT_MS);
  for (;;) {
    const entry = await store.outboxEntry(event);
    if (entry !== null && entry.state !== "pending") {
      return { state: entry.state, detail: entry.detail };
    }
    if (entry !== null && (signal.aborted || performance.now() >= untilMs)) {
      const { outboxId } = entry;
      const given = { op: "settleOutbox", outboxId, state: "failed", detail: GIVEN_UP } as const;
      // It may have been sent in this moment.
      await store.commit([given]).catch((error) => {
        if (!isConflict(error)) throw error;
      });
      signal.throwIfAborted();
      return { state: "late", detail: null };
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

const GIVEN_UP = "no answer in time";

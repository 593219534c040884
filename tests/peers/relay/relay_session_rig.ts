/** A relay session with a clock of its own, and its deliveries one by one. */
import assert from "node:assert/strict";
import { asPubkey, type NostrEvent } from "../../../protocols/nostr/event.ts";
import { publicKeyOf, signEvent } from "../../../protocols/nostr/sign.ts";
import type {
  RelayDelivery,
  RelaySession,
  RelaySessionOptions,
  RelayStatus,
  RelaySubscription,
} from "../../../peers/relay/relay_session.ts";
import { openRelaySession } from "../../../peers/relay/open_relay_session.ts";
import type { Signer } from "../../../money/signer/signer.ts";
import { ManualTime } from "./scripted_relay.ts";

export const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const KEY = new Uint8Array(32).fill(7);

export function signed(content: string, created_at = 1_700_000_000, kind = 1): NostrEvent {
  const pubkey = publicKeyOf(KEY);
  return signEvent({ pubkey, kind, created_at, tags: [], content }, KEY, new Uint8Array(32));
}

export const signer: Pick<Signer, "identity" | "signEvents"> = {
  identity: () => Promise.resolve({ pubkey: publicKeyOf(KEY), paymentAddress: "0x" }),
  signEvents: (events) =>
    Promise.resolve(
      events.map((event) =>
        signEvent({ ...event, pubkey: asPubkey(event.pubkey) }, KEY, new Uint8Array(32))
      ),
    ),
};

interface Rig extends Disposable {
  readonly time: ManualTime;
  readonly session: RelaySession;
  readonly counters: Record<string, number>;
  readonly logged: string[];
  readonly statuses: RelayStatus[];
}

export function rig(url: string, options: Partial<RelaySessionOptions> = {}): Rig {
  const time = new ManualTime();
  const counters: Record<string, number> = {};
  const logged: string[] = [];
  const session = openRelaySession({
    url,
    clock: time.clock,
    timers: time.timers,
    random: () => 0.5,
    log: (_level, msg) => void logged.push(msg),
    count: (counter, by = 1) => counters[counter] = (counters[counter] ?? 0) + by,
    ...options,
  });
  const statuses: RelayStatus[] = [];
  session.onStatus((status) => statuses.push(status));
  return { time, session, counters, logged, statuses, [Symbol.dispose]: () => session.close() };
}

/** Reads deliveries one by one, whatever the batches were. */
export function deliveriesOf(subscription: RelaySubscription) {
  const reader = subscription.deliveries.getReader();
  const held: RelayDelivery[] = [];
  return {
    async next(): Promise<RelayDelivery | null> {
      while (held.length === 0) {
        const { value, done } = await reader.read();
        if (done) return null;
        held.push(...value);
      }
      return held.shift()!;
    },
    async document(): Promise<string> {
      const delivery = await this.next();
      assert.equal(delivery?.type, "document");
      return text((delivery as { bytes: Uint8Array }).bytes);
    },
  };
}

/** A client for private messages without any code of this program: it has only the key of a customer, and nostr-tools. */
import {
  type EventTemplate,
  finalizeEvent,
  generateSecretKey,
  getPublicKey,
  type NostrEvent,
} from "nostr-tools/pure";
import { unwrapEvent, wrapEvent } from "nostr-tools/nip59";
import { Relay } from "nostr-tools/relay";

/** A message that came in a wrap, and the key that signed the wrap. */
interface Received {
  readonly message: ReturnType<typeof unwrapEvent>;
  readonly wrappedBy: string;
}

/** Listens at the relay for wraps to a new key. */
export async function correspondent(relayUrl: string) {
  const key = generateSecretKey();
  const prove = (challenge: EventTemplate) => Promise.resolve(finalizeEvent(challenge, key));
  const relay = new Relay(relayUrl);
  // A busy machine may need more than its 4.4 s.
  relay.baseEoseTimeout = relay.publishTimeout = 120_000;
  await relay.connect({ timeout: 120_000 });
  const wraps: NostrEvent[] = [];
  await new Promise<void>((resolve) => {
    const listen = () =>
      relay.subscribe([{ kinds: [1059], "#p": [getPublicKey(key)] }], {
        onevent: (event) => void wraps.push(event),
        oneose: resolve,
        // The relay shows gift wraps only to a client that proves that they are for it.
        onclose: (why) => {
          if (why.startsWith("auth-required")) void relay.auth(prove).then(listen);
        },
      });
    listen();
  });
  return {
    /** Wraps a message for a reader. */
    wrap: (reader: string, content: string, tags: string[][] = []) =>
      wrapEvent({ kind: 14, content, tags: [["p", reader], ...tags] }, key, reader),
    /** What came until now. */
    received: (): Received[] =>
      wraps.map((wrap) => ({
        message: unwrapEvent(JSON.parse(JSON.stringify(wrap)), key),
        wrappedBy: wrap.pubkey,
      })),
    [Symbol.dispose]: () => relay.close(),
  };
}

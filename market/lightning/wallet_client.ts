/**
 * Asks a Lightning wallet over its relay (NIP-47). Requests are encrypted with NIP-44 and carry an expiration, so that a wallet that gets
 * one late does not act on it.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/47.md
 * @module
 */
import { decrypt, encrypt, getConversationKey } from "nostr-tools/nip44";
import { parseEvent } from "../../protocols/nostr/event.ts";
import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
import type { EventVerifier } from "../../protocols/nostr/verifier.ts";
import {
  readWalletAnswer,
  WALLET_KINDS,
  type WalletAnswer,
  WalletConnectError,
  type WalletConnection,
  type WalletMethod,
} from "../../protocols/nostr/wallet_connect.ts";
import { decodeDocument } from "../../protocols/toon/decode.ts";
import type { RelaySession } from "../../peers/relay/relay_session.ts";

/** For how long a wallet may act on a request, in seconds. */
export const REQUEST_S = 60;
const SKEW_S = 600;
const MAX_ANSWER_CHARACTERS = 65_536;

/** What asking needs. */
interface WalletClientDeps {
  readonly session: Pick<RelaySession, "subscribe" | "publish">;
  readonly connection: WalletConnection;
  readonly verifier: EventVerifier;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly random: (bytes: number) => Uint8Array;
}

/** A wallet that can be asked. */
export interface WalletClient {
  /** Rejects with WalletConnectError `bad_answer`, or with the signal's reason; then the outcome is not known. */
  ask(
    method: WalletMethod,
    params: Readonly<Record<string, string | number>>,
    signal: AbortSignal,
  ): Promise<WalletAnswer>;
}

/** Makes a client over a session, which stays the caller's. */
export function walletClient(
  { session, connection: { wallet, secret }, verifier, clock, random }: WalletClientDeps,
): WalletClient {
  const pubkey = publicKeyOf(secret);
  const shared = getConversationKey(secret, wallet);
  return {
    async ask(method, params, signal) {
      const nowS = Math.floor(clock() / 1_000);
      const event = signEvent(
        {
          pubkey,
          kind: WALLET_KINDS.request,
          created_at: nowS,
          tags: [
            ["p", wallet],
            ["encryption", "nip44_v2"],
            ["expiration", String(nowS + REQUEST_S)],
          ],
          content: encrypt(JSON.stringify({ method, params }), shared, random(32)),
        },
        secret,
        random(32),
      );
      const answers = session.subscribe([{
        kinds: [WALLET_KINDS.response],
        authors: [wallet],
        "#e": [event.id],
        since: nowS - SKEW_S,
      }], { backfill: false });
      const over = Promise.withResolvers<never>();
      over.promise.catch(() => undefined);
      const abort = () => over.reject(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      if (signal.aborted) abort();
      try {
        let asked = false;
        const reader = answers.deliveries.getReader();
        for (;;) {
          const { done, value } = await Promise.race([reader.read(), over.promise]);
          if (done) throw new WalletConnectError("closed", "its relay ended the subscription");
          for (const delivery of value) {
            if (delivery.type === "eose" && !asked) {
              asked = true;
              session.publish(event, { signal }).then(({ outcome }) => {
                const words = "its relay refused the request";
                if (outcome === "refused") over.reject(new WalletConnectError("refused", words));
              }, over.reject);
            }
            const answer = delivery.type === "document" ? open(delivery.bytes, event.id) : null;
            if (answer !== null) return readWalletAnswer(method, answer);
          }
        }
      } finally {
        signal.removeEventListener("abort", abort);
        answers.close();
      }
    },
  };

  /** The text of the wallet's answer to this request. Null for every other event. */
  function open(bytes: Uint8Array, requestId: string): string | null {
    try {
      const event = parseEvent(decodeDocument(bytes).event);
      const isAnswer = event.kind === WALLET_KINDS.response && event.pubkey === wallet &&
        event.content.length <= MAX_ANSWER_CHARACTERS && event.tags.some(([name, value]) =>
          name === "e" && value === requestId
        );
      if (!isAnswer || verifier.verify(event) !== "ok") return null;
      return decrypt(event.content, shared);
    } catch {
      return null;
    }
  }
}

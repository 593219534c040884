/**
 * NIP-42: proves to a relay who we are, only when it asks for it; and the key for which answers to our private jobs are wrapped.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/42.md
 * @module
 */
import { AUTH_KIND } from "../../protocols/nostr/kinds.ts";
import { asPubkey } from "../../protocols/nostr/event.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import type { Signer } from "../../money/signer/signer.ts";
import { RelayError } from "./relay_error.ts";
import type { Timers } from "../../base/timers.ts";

/** Signs proofs. */
type ProofSigner = Pick<Signer, "identity" | "signEvents"> & Partial<Pick<Signer, "answersKey">>;

/** What proving needs: who signs, and how the event goes out. */
interface AuthDeps {
  readonly url: string;
  /** Null where this session has no identity (a public read). */
  readonly signer: ProofSigner | null;
  readonly clock: () => number;
  readonly timers: Timers;
  readonly timeoutMs: number;
  send(event: NostrEvent): boolean;
}

/** The proof of one connection; a new connection has a new challenge. */
export class RelayAuth {
  readonly #deps: AuthDeps;
  #challenge: string | null = null;
  #proof: Promise<void> | null = null;
  #answer: ((accepted: boolean, words: string) => void) | null = null;
  #fail: ((error: RelayError) => void) | null = null;
  #eventId: string | null = null;
  /** The proof of the second key, until the relay answered it. */
  #besideId: string | null = null;
  #besideAnswered: (() => void) | null = null;
  #challenged: (() => void) | null = null;

  /** Nothing is sent before {@link RelayAuth.prove}. */
  constructor(deps: AuthDeps) {
    this.#deps = deps;
  }

  /** The relay's challenge; a later one takes the place of an earlier one. */
  challenge(text: string): void {
    // What was proved against an older challenge may count no more.
    if (text !== this.#challenge && this.#answer === null) this.#proof = null;
    this.#challenge = text;
    this.#challenged?.();
  }

  /** Whether a proof was asked for on this connection and none was begun. */
  get offered(): boolean {
    return this.#challenge !== null && this.#proof === null &&
      this.#deps.signer !== null;
  }

  /** Whether an OK is the answer to our proof; takes it if so. */
  takesOk(eventId: string, accepted: boolean, words: string): boolean {
    if (eventId === this.#besideId) {
      this.#besideId = null;
      this.#besideAnswered?.();
      return true;
    }
    if (eventId !== this.#eventId || this.#answer === null) return false;
    this.#answer(accepted, words);
    return true;
  }

  /** The connection is gone: a proof under way fails, a finished one counts no more. */
  reset(): void {
    this.#fail?.(
      new RelayError(
        "unreachable",
        `Relay ${this.#deps.url} closed the connection during authentication`,
      ),
    );
    this.#challenge = null;
    this.#proof = null;
    this.#eventId = null;
    this.#besideId = null;
  }

  /**
   * Signs the challenge, sends it, and resolves when the relay accepted it. Those who ask at once share one proof.
   *
   * @throws {RelayError} `auth_required` without a signer, `auth_refused` with the relay's words, `timeout`.
   */
  prove(): Promise<void> {
    const { signer, url } = this.#deps;
    if (signer === null) {
      return Promise.reject(
        new RelayError(
          "auth_required",
          `Relay ${url} asks for authentication, and this session has no key`,
        ),
      );
    }
    if (this.#proof === null) {
      const proof = this.#run(signer);
      this.#proof = proof;
      proof.catch(() => {
        if (this.#proof === proof) this.#proof = null;
      });
    }
    return this.#proof;
  }

  #run(signer: ProofSigner): Promise<void> {
    const { url, timers, timeoutMs } = this.#deps;
    return new Promise<void>((resolve, reject) => {
      const cancel = timers.after(timeoutMs, () => {
        const error = new RelayError("timeout", `Relay ${url} did not answer our proof`);
        end(() => reject(error));
      });
      const end = (tell: () => void) => {
        cancel();
        this.#answer =
          this.#fail =
          this.#challenged =
          this.#besideAnswered =
            null;
        tell();
      };
      this.#fail = (error) => end(() => reject(error));
      this.#answer = (accepted, words) =>
        end(() =>
          accepted ? resolve() : reject(
            new RelayError(
              "auth_refused",
              `Relay ${url} refused our proof: ${words}`,
            ),
          )
        );
      const go = () => {
        this.#challenged = null;
        this.#sign(signer).catch((error) => end(() => reject(error)));
      };
      if (this.#challenge === null) this.#challenged = go;
      else go();
    });
  }

  /** Where there is a second key its proof is first, so that it counts when the other one is accepted; a relay may refuse it. */
  async #sign(signer: ProofSigner): Promise<void> {
    const [{ pubkey }, beside] = await Promise.all([signer.identity(), signer.answersKey?.()]);
    const keys = [pubkey, ...beside === undefined ? [] : [beside]];
    const [event, second] = await signer.signEvents(keys.map((key) => ({
      pubkey: asPubkey(key),
      kind: AUTH_KIND,
      created_at: Math.floor(this.#deps.clock() / 1_000),
      tags: [["relay", this.#deps.url], ["challenge", this.#challenge ?? ""]],
      content: "",
    })));
    if (second !== undefined) {
      const answered = new Promise<void>((resolve) => this.#besideAnswered = resolve);
      this.#besideId = second.id;
      this.#deps.send(second);
      await answered;
    }
    this.#eventId = event!.id;
    this.#deps.send(event!);
  }
}

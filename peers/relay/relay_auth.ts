/**
 * NIP-42: authenticates us to a relay, only if the relay asks for it. Also authenticates the second key, for which answers to our private
 * jobs are wrapped.
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

/** The most proofs on one connection. A relay could otherwise have this home sign without end, by sending new challenges. */
const MAX_PROOFS = 64;

/** Signs the authentication events. */
type ProofSigner = Pick<Signer, "identity" | "signEvents"> & Partial<Pick<Signer, "answersKey">>;

/** What authentication needs: a signer, and a function that sends the event. */
interface AuthDeps {
  readonly url: string;
  /** Null if this session has no key, because it only reads public events. */
  readonly signer: ProofSigner | null;
  readonly clock: () => number;
  readonly timers: Timers;
  readonly timeoutMs: number;
  send(event: NostrEvent): boolean;
}

/** The authentication of one connection. A new connection has a new challenge. */
export class RelayAuth {
  readonly #deps: AuthDeps;
  #challenge: string | null = null;
  #proof: Promise<void> | null = null;
  #answer: ((accepted: boolean, words: string) => void) | null = null;
  #fail: ((error: RelayError) => void) | null = null;
  #eventId: string | null = null;
  /** The id of the second key's proof, until the relay has answered it. */
  #besideId: string | null = null;
  #besideAnswered: (() => void) | null = null;
  #challenged: (() => void) | null = null;
  #proofs = 0;

  /** Nothing is sent before {@link RelayAuth.prove}. */
  constructor(deps: AuthDeps) {
    this.#deps = deps;
  }

  /** Takes the relay's challenge. It replaces an earlier one. */
  challenge(text: string): void {
    // A proof for an older challenge may no longer be valid.
    if (text !== this.#challenge && this.#answer === null) this.#proof = null;
    this.#challenge = text;
    this.#challenged?.();
  }

  /** Whether the relay sent a challenge on this connection, and we could answer it and have not begun to. */
  get offered(): boolean {
    return this.#challenge !== null && this.#proof === null &&
      this.#deps.signer !== null;
  }

  /** Handles an OK if it answers one of our proofs. Returns whether it does. */
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

  /** The connection was lost: an unanswered proof fails, and an accepted one is no longer valid. */
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
    this.#proofs = 0;
  }

  /**
   * Signs the challenge, sends it, and resolves when the relay has accepted it. Calls at the same time share one proof.
   *
   * @throws {RelayError} `auth_required` without a signer, `auth_refused` with the relay's message, `timeout`, `unreachable`
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
      if (++this.#proofs > MAX_PROOFS) {
        return Promise.reject(
          new RelayError("auth_refused", `Relay ${url} asks for authentication again and again`),
        );
      }
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

  /**
   * Signs and sends the proofs. If there is a second key, its proof is sent first, so that it is already valid when the main one is
   * accepted. A relay may refuse the second proof.
   */
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

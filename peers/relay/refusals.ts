/**
 * What a subscription does when its relay closes it: prove who we are, wait and ask again, or give up. Held: two counts and at most
 * one timer.
 *
 * @module
 */
import type { ReasonPrefix } from "../../protocols/nostr/reason.ts";
import { reactionTo, RelayError } from "./relay_error.ts";
import type { Timers } from "../../base/timers.ts";

/** A counter for each prefix with which the relay closed subscriptions begins so. */
export const CLOSED_COUNTER = "closed_by_relay:";
const REASON_CHARS = 200;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/** What it needs of the session. */
export interface RefusalDeps {
  readonly timers: Timers;
  readonly count: (counter: string, by?: number) => void;
  readonly log: (
    level: "info" | "warn",
    msg: string,
    fields: Record<string, string | number>,
  ) => void;
  authenticate(): Promise<void>;
  /** Whether the relay gave a challenge that nobody answered yet. */
  mayProve(): boolean;
}

/** The refusals of one subscription since something came for it. */
export class Refusals {
  readonly #deps: RefusalDeps;
  #waits = 0;
  #proofs = 0;
  #cancel: (() => void) | null = null;

  /** None yet. */
  constructor(deps: RefusalDeps) {
    this.#deps = deps;
  }

  /** Something came: the next refusal is a first one. */
  served(): void {
    this.#waits = 0;
    this.#proofs = 0;
  }

  /**
   * The relay closed the subscription. Resolves when it may be asked for again; rejects with RelayError when the refusal is final, the
   * proof failed (`auth_refused`, `auth_required`, `timeout`) or the connection went away meanwhile (`unreachable`).
   */
  async closed(prefix: ReasonPrefix, message: string): Promise<void> {
    const reaction = reactionTo(prefix, this.#deps.mayProve());
    const usual = reaction === "authenticate" && this.#proofs === 0;
    this.#deps.count("closed_by_relay");
    this.#deps.count(`${CLOSED_COUNTER}${prefix}`);
    this.#deps.log(usual ? "info" : "warn", "relay closed a subscription", {
      reason: message.slice(0, REASON_CHARS),
    });
    const told = `Relay closed the subscription: ${message}`;
    const error = new RelayError("closed_by_relay", told, { prefix });
    if (reaction === "give_up") throw error;
    if (reaction === "again") return await this.#wait();
    try {
      // A second proof on a request that nothing came of would change nothing.
      if (this.#proofs++ > 0) throw error;
      await this.#deps.authenticate();
    } catch (cause) {
      // Where the relay did not name a proof, that it failed is not what the request fails of.
      if (reactionTo(prefix, false) !== "again") {
        throw cause instanceof RelayError ? cause : error;
      }
      await this.#wait();
    }
  }

  /** Ends a wait: what waited is never resumed. */
  clear(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #wait(): Promise<void> {
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.#waits++, 5));
    this.clear();
    return new Promise((resolve) => this.#cancel = this.#deps.timers.after(waitMs, resolve));
  }
}

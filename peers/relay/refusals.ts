/**
 * What a subscription does when the relay closes it: authenticate, wait and ask again, or give up. Held: two counts and at most one timer.
 *
 * @module
 */
import type { ReasonPrefix } from "../../protocols/nostr/reason.ts";
import { reactionTo, RelayError } from "./relay_error.ts";
import type { Timers } from "../../base/timers.ts";

/** The start of the names of counters: one counter for each prefix with which the relay closed a subscription. */
export const CLOSED_COUNTER = "closed_by_relay:";
const REASON_CHARS = 200;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/** What refusals need from the session. */
export interface RefusalDeps {
  readonly timers: Timers;
  readonly count: (counter: string, by?: number) => void;
  readonly log: (
    level: "info" | "warn",
    msg: string,
    fields: Record<string, string | number>,
  ) => void;
  authenticate(): Promise<void>;
  /** Whether the relay sent a challenge that was not answered yet. */
  mayProve(): boolean;
}

/** The refusals of one subscription since its last message. */
export class Refusals {
  readonly #deps: RefusalDeps;
  #waits = 0;
  #proofs = 0;
  #cancel: (() => void) | null = null;

  /** Starts without refusals. */
  constructor(deps: RefusalDeps) {
    this.#deps = deps;
  }

  /** An event or EOSE arrived, so the next refusal counts as the first. */
  served(): void {
    this.#waits = 0;
    this.#proofs = 0;
  }

  /**
   * Handles a CLOSED of the relay. Resolves when the subscription may be requested again. Rejects with RelayError if the refusal is final,
   * authentication failed (`auth_refused`, `auth_required`, `timeout`) or the connection was lost meanwhile (`unreachable`).
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
      // We authenticated for this request already, and nothing came. A second proof would change nothing.
      if (this.#proofs++ > 0) throw error;
      await this.#deps.authenticate();
    } catch (cause) {
      // If the relay did not ask for authentication, its failure is not the reason of the refusal. The request waits instead.
      if (reactionTo(prefix, false) !== "again") {
        throw cause instanceof RelayError ? cause : error;
      }
      await this.#wait();
    }
  }

  /** Ends a wait. Its promise never resolves. */
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

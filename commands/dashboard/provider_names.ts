/**
 * The names of providers, from their announcements on the relay. A provider chooses its name itself, so the key is shown with it.
 *
 * @module
 */
import type { Announcement } from "../../market/announcement.ts";
import { printableLine } from "../../shell/output.ts";

/** How long a line waits for a name, in milliseconds. */
const WAIT_MS = 1_500;
/** When the relay is asked again for a provider without a name, in milliseconds. */
const AGAIN_MS = 60_000;
/** The most names that are kept. */
const MAX_NAMES = 256;
const MAX_LENGTH = 24;

/** Asks the relay for a provider's announcement. Empty if the relay has none. */
type Ask = (pubkey: string) => Promise<readonly Pick<Announcement, "pubkey" | "name">[]>;

/** A name that was asked for. */
interface Asked {
  readonly name: Promise<string | null>;
  /** Undefined until the relay has answered. */
  known?: string | null;
  /** When to ask again. A name that is known is not asked for again. */
  untilMs: number;
}

/**
 * Names by public key, each asked for once. After one wait without an answer, later lines do not wait while the relay is slow.
 *
 * Held: the last 256 names, and one open question for each of them.
 */
export class ProviderNames {
  readonly #ask: Ask;
  readonly #clock: () => number;
  readonly #waitMs: number;
  readonly #asked = new Map<string, Asked>();
  #slow = false;

  /** Starts without names. */
  constructor(ask: Ask, clock: () => number, waitMs = WAIT_MS) {
    this.#ask = ask;
    this.#clock = clock;
    this.#waitMs = waitMs;
  }

  /** The name, at most 24 printable characters; null if the relay has none or answers too late. */
  async nameOf(pubkey: string): Promise<string | null> {
    const asked = this.#question(pubkey);
    if (asked.known !== undefined || this.#slow) return asked.known ?? null;
    const late = Promise.withResolvers<null>();
    const timer = setTimeout(() => {
      this.#slow = true;
      late.resolve(null);
    }, this.#waitMs);
    try {
      return await Promise.race([asked.name, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  #question(pubkey: string): Asked {
    const before = this.#asked.get(pubkey);
    if (before !== undefined && before.untilMs > this.#clock()) return before;
    const asked: Asked = { name: this.#told(pubkey), untilMs: Infinity };
    this.#asked.delete(pubkey);
    this.#asked.set(pubkey, asked);
    if (this.#asked.size > MAX_NAMES) this.#asked.delete(this.#asked.keys().next().value!);
    void asked.name.then((name) => {
      asked.known = name;
      if (name === null) asked.untilMs = this.#clock() + AGAIN_MS;
    });
    return asked;
  }

  async #told(pubkey: string): Promise<string | null> {
    try {
      const found = (await this.#ask(pubkey)).find((each) => each.pubkey === pubkey);
      this.#slow = false;
      const name = printableLine(found?.name ?? "").trim().slice(0, MAX_LENGTH);
      return name === "" ? null : name;
    } catch {
      // The relay is offline. The dashboard shows this elsewhere; here the key is shown without a name.
      return null;
    }
  }
}

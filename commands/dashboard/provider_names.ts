/**
 * What providers call themselves, of their announcements on the relay. A name is a provider's own word: it is shown with its key.
 *
 * @module
 */
import type { Announcement } from "../../market/announcement.ts";
import { printable } from "../../shell/output.ts";

/** How long a line waits for a name. */
const WAIT_MS = 400;
/** A provider without a known name is asked for again after this. */
const AGAIN_MS = 60_000;
/** As many names are kept. */
const MAX_NAMES = 256;
const MAX_LENGTH = 24;

/** Asks the relay for a provider's announcement; empty where it has none. */
type Ask = (pubkey: string) => Promise<readonly Pick<Announcement, "pubkey" | "name">[]>;

/** One that was asked for. */
interface Asked {
  readonly name: Promise<string | null>;
  /** Undefined until it is known. */
  known?: string | null;
  /** When it is asked for again; never where it has a name. */
  untilMs: number;
}

/**
 * Names by public key, each asked for once. While the relay is slow no line waits for it: one wait in vain is enough.
 *
 * Held: the last 256 names, and one question for each of them.
 */
export class ProviderNames {
  readonly #ask: Ask;
  readonly #clock: () => number;
  readonly #waitMs: number;
  readonly #asked = new Map<string, Asked>();
  #slow = false;

  /** Begins with none. */
  constructor(ask: Ask, clock: () => number, waitMs = WAIT_MS) {
    this.#ask = ask;
    this.#clock = clock;
    this.#waitMs = waitMs;
  }

  /** The name, at most 24 printable characters; null where the relay has none or does not say it in time. */
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
      const name = printable(found?.name ?? "").trim().slice(0, MAX_LENGTH);
      return name === "" ? null : name;
    } catch {
      // The relay is away: the dashboard says so elsewhere, and the key is shown.
      return null;
    }
  }
}

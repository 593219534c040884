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

/**
 * Names by public key, each asked for once.
 *
 * Held: the last 256 names, and one question for each of them.
 */
export class ProviderNames {
  readonly #ask: Ask;
  readonly #clock: () => number;
  readonly #known = new Map<string, { readonly name: Promise<string | null>; untilMs: number }>();

  /** Begins with none. */
  constructor(ask: Ask, clock: () => number) {
    this.#ask = ask;
    this.#clock = clock;
  }

  /** The name, at most 24 printable characters; null where the relay has none or does not say it in time. */
  async nameOf(pubkey: string): Promise<string | null> {
    const late = Promise.withResolvers<null>();
    const timer = setTimeout(() => late.resolve(null), WAIT_MS);
    try {
      return await Promise.race([this.#asked(pubkey), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  #asked(pubkey: string): Promise<string | null> {
    const known = this.#known.get(pubkey);
    if (known !== undefined && known.untilMs > this.#clock()) return known.name;
    const entry = { name: this.#question(pubkey), untilMs: Infinity };
    this.#known.delete(pubkey);
    this.#known.set(pubkey, entry);
    if (this.#known.size > MAX_NAMES) this.#known.delete(this.#known.keys().next().value!);
    void entry.name.then((name) => {
      if (name === null) entry.untilMs = this.#clock() + AGAIN_MS;
    });
    return entry.name;
  }

  async #question(pubkey: string): Promise<string | null> {
    try {
      const found = (await this.#ask(pubkey)).find((each) => each.pubkey === pubkey);
      const name = printable(found?.name ?? "").trim().slice(0, MAX_LENGTH);
      return name === "" ? null : name;
    } catch {
      // The relay is away: the dashboard says so elsewhere, and the key is shown.
      return null;
    }
  }
}

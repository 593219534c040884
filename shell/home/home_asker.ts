/**
 * Asks the process that serves a home, also after it ended: then the next process that serves the home, or this one, which opens it.
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import type { HomeApi } from "../../home/client/home_api.ts";
import type { Store } from "../../store/store.ts";
import type { HomeConnection } from "./connected_home.ts";

const MAX_TRIES = 16;

/** A connection that is exchanged when its process ends. */
export class HomeAsker {
  readonly #connect: () => Promise<HomeConnection>;
  readonly #signal: AbortSignal;
  #connection: HomeConnection | null = null;
  /** Set while the next connection is made. Calls wait for it. */
  #reopening: Promise<void> | null = null;

  /** Is not connected before {@link open}. */
  constructor(connect: () => Promise<HomeConnection>, signal: AbortSignal) {
    this.#connect = connect;
    this.#signal = signal;
  }

  /** Connects. */
  async open(): Promise<void> {
    this.#connection = await this.#connect();
  }

  /** The connection. Throws TypeError after {@link end}. */
  get now(): HomeConnection {
    if (this.#connection === null) throw new TypeError("Cannot ask a home that was closed");
    return this.#connection;
  }

  /** Waits for the next connection. */
  async next(): Promise<HomeConnection> {
    await this.#reopening;
    return this.now;
  }

  /** Asks again at the next connection if the process ended before it answered. */
  async ask<Answer>(ask: (api: HomeApi) => Promise<Answer>): Promise<Answer>;
  /** The same, unless `isDone` finds that the process did it before it ended; then undefined. */
  async ask<Answer>(
    ask: (api: HomeApi) => Promise<Answer>,
    isDone: () => Promise<boolean>,
  ): Promise<Answer | undefined>;
  async ask<Answer>(
    ask: (api: HomeApi) => Promise<Answer>,
    isDone: () => Promise<boolean> = () => Promise.resolve(false),
  ): Promise<Answer | undefined> {
    for (let tries = 1;; tries++) {
      const connection = await this.next();
      try {
        return await ask(connection.api);
      } catch (error) {
        const closed = codeOf(error) === "closed";
        if (!closed || connection.here || tries >= MAX_TRIES) throw error;
      }
      this.#signal.throwIfAborted();
      await this.#exchange(connection);
      if (await isDone()) return undefined;
    }
  }

  /** Reads from the home's store. Writes nothing. */
  async read<Answer>(ask: (store: Store) => Promise<Answer>): Promise<Answer> {
    for (;;) {
      const connection = await this.next();
      try {
        return await ask(await connection.store());
      } catch (error) {
        // When the connection changes, the store of the old one is closed under its readers.
        const exchanged = this.#reopening !== null ||
          (this.#connection ?? connection) !== connection;
        if (!exchanged) throw error;
      }
    }
  }

  /** Closes the connection. */
  async end(): Promise<void> {
    await this.#reopening?.catch(() => undefined);
    const connection = this.#connection;
    this.#connection = null;
    await connection?.end();
  }

  /** Closes a connection whose process ended and opens another one, once for all calls that noticed. */
  async #exchange(ended: HomeConnection): Promise<void> {
    if (this.#connection === ended) {
      this.#connection = null;
      this.#reopening = ended.end().then(() => this.open()).finally(() => this.#reopening = null);
    }
    await this.#reopening;
  }
}

/**
 * Longest-prefix routing. All routes come from the configuration.
 *
 * @module
 */
import { isBelow } from "../../protocols/ilp/address.ts";

/** The destination of packets with one prefix. */
export interface Route {
  /** An ILP address. The route serves this address and every address below it. */
  readonly prefix: string;
  readonly to: { readonly peer: string } | { readonly terminal: string };
}

/** The routes of a connector. */
export class RoutingTable {
  readonly #routes: Route[] = [];

  /** Throws if two routes have the same prefix. */
  constructor(routes: readonly Route[]) {
    for (const route of routes) this.add(route);
  }

  /** Adds a route. Throws if its prefix is already in use. */
  add(route: Route): void {
    if (this.#routes.some(({ prefix }) => prefix === route.prefix)) {
      throw new RangeError(`route ${route.prefix} is already in use`);
    }
    this.#routes.push(route);
    // The longest matching prefix is the most specific one, so it must come first.
    this.#routes.sort((a, b) => b.prefix.length - a.prefix.length);
  }

  /** The route of a destination; null if there is none (F02). */
  find(destination: string): Route | null {
    return this.#routes.find((route) => isBelow(destination, route.prefix)) ?? null;
  }

  /** All routes, most specific first. */
  list(): readonly Route[] {
    return this.#routes;
  }
}

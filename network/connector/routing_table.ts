/**
 * Longest-prefix routing. Routes come from configuration alone.
 *
 * @module
 */
import { isBelow } from "../../protocols/ilp/address.ts";

/** Where packets of one prefix go. */
export interface Route {
  /** An ILP address; it holds itself and whatever is below it. */
  readonly prefix: string;
  readonly to: { readonly peer: string } | { readonly terminal: string };
}

/** The table. */
export class RoutingTable {
  readonly #routes: readonly Route[];

  /** Two routes of one prefix are refused. */
  constructor(routes: readonly Route[]) {
    // The longest prefix that holds an address is the most specific one.
    this.#routes = [...routes].sort((a, b) => b.prefix.length - a.prefix.length);
    const seen = new Set<string>();
    for (const { prefix } of routes) {
      if (seen.has(prefix)) throw new RangeError(`route ${prefix} stands twice`);
      seen.add(prefix);
    }
  }

  /** The route of a destination, or null (F02). */
  find(destination: string): Route | null {
    return this.#routes.find((route) => isBelow(destination, route.prefix)) ?? null;
  }

  /** All routes, most specific first. */
  list(): readonly Route[] {
    return this.#routes;
  }
}

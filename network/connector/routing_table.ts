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
  readonly #routes: Route[] = [];

  /** Two routes of one prefix are refused. */
  constructor(routes: readonly Route[]) {
    for (const route of routes) this.add(route);
  }

  /** One more; a second one of its prefix is refused. */
  add(route: Route): void {
    if (this.#routes.some(({ prefix }) => prefix === route.prefix)) {
      throw new RangeError(`route ${route.prefix} stands twice`);
    }
    this.#routes.push(route);
    // The longest prefix that holds an address is the most specific one.
    this.#routes.sort((a, b) => b.prefix.length - a.prefix.length);
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

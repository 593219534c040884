/**
 * What the worker of `relay watch --events` is told, and what it tells.
 *
 * @module
 */

/** What the worker is told. */
export interface EventsRequest {
  readonly url: string;
  /** All kinds where it is empty. */
  readonly kinds: readonly number[];
  /** Seconds since 1970. */
  readonly sinceS: number;
}

/** A verified event, without its content. */
export interface ShownEvent {
  readonly event_id: string;
  readonly kind: number;
  readonly pubkey: string;
  readonly created_at_s: number;
  readonly bytes: number;
  readonly encoding: "toon" | "json";
  /** Of its `e` tags, at most 10. */
  readonly events: readonly string[];
  /** Of its `p` tags, at most 10. */
  readonly pubkeys: readonly string[];
}

/** What the worker tells. `dropped`: a document that is no event with a valid id and signature. */
export type Told = { readonly event: ShownEvent } | { readonly dropped: true } | {
  readonly failed: string;
};

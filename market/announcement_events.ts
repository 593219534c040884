/**
 * The events of a provider's own announcement (announcement.ts): what it publishes while it is there, and when it goes.
 *
 * @module
 */
import type { EventTemplate } from "../protocols/nostr/event.ts";
import { ANNOUNCEMENT_KIND, DELETION_KIND } from "../protocols/nostr/kinds.ts";
import { type Announcement, ANNOUNCEMENT_D, MAX_SCHEMA_CHARACTERS } from "./announcement.ts";
import { offerTags } from "./offer.ts";

/** What a provider says in its own announcement. */
export type AnnouncementFields =
  & Omit<
    Announcement,
    "pubkey" | "createdAtS" | "expiresAtS" | "unpriced" | "offline" | "sandbox" | "builds"
  >
  & {
    /** Which images it builds; none unless told. */
    readonly builds?: Announcement["builds"];
    /** What its jobs run in; not told where absent. */
    readonly sandbox?: string | null;
    /** How long it holds; {@link ANNOUNCEMENT_TTL_S} unless told. */
    readonly ttlS?: number;
  };

/** How long a provider's own holds: three heartbeats. */
const ANNOUNCEMENT_TTL_S = 360;

/** The event of an announcement, ready for its provider. */
export function announcementTemplate(
  fields: AnnouncementFields,
  createdAtS: number,
): EventTemplate {
  const ttlS = fields.ttlS ?? ANNOUNCEMENT_TTL_S;
  return {
    kind: ANNOUNCEMENT_KIND,
    created_at: createdAtS,
    tags: [
      ["d", ANNOUNCEMENT_D],
      ...fields.prices.map(({ kind }) => ["k", String(kind)]),
      ...fields.tags.map((tag) => ["t", tag]),
      ...(fields.platform === null ? [] : [["platform", fields.platform]]),
      ...(fields.sandbox ? [["sandbox", fields.sandbox]] : []),
      ...(fields.builds ?? []).map(({ platform, emulated }) => [
        "build",
        platform,
        emulated ? "emulated" : "native",
      ]),
      ...(fields.ilpAddress === null ? [] : [["ilp", fields.ilpAddress]]),
      ...fields.prices.map(({ kind, flatUnits, unitsPerKib }) => [
        "price",
        String(kind),
        flatUnits.toString(),
        unitsPerKib.toString(),
        "units",
      ]),
      ...fields.prices.flatMap(({ kind, incrementS }) =>
        incrementS === undefined ? [] : [["metered", String(kind), String(incrementS)]]
      ),
      ...(fields.offer === undefined ? [] : offerTags(fields.offer)),
      ...(fields.inputSchemas ?? []).map(({ kind, schema }) => [kind, JSON.stringify(schema)])
        // Each heartbeat pays for it.
        .filter(([, text]) => String(text).length <= MAX_SCHEMA_CHARACTERS)
        .map(([kind, text]) => ["input_schema", String(kind), String(text)]),
      ["expiration", String(createdAtS + ttlS)],
    ],
    content: JSON.stringify({ name: fields.name, about: fields.about }),
  };
}

/**
 * What a provider publishes when it stops, in this order: an announcement that offers nothing, in the place of the last one; and the
 * deletion (NIP-09) of all before it. A deletion ends what is as old as itself, so it is a second older than the announcement:
 * that one stays and can be read back, as every write that is paid.
 */
export function withdrawalTemplates(
  pubkey: string,
  kinds: readonly number[],
  createdAtS: number,
): readonly [EventTemplate, EventTemplate] {
  const offline: EventTemplate = {
    kind: ANNOUNCEMENT_KIND,
    created_at: createdAtS,
    tags: [
      ["d", ANNOUNCEMENT_D],
      // Found where the last one would be; without a price nothing is offered.
      ...kinds.map((kind) => ["k", String(kind)]),
      ["status", "offline"],
      ["expiration", String(createdAtS + ANNOUNCEMENT_TTL_S)],
    ],
    content: "",
  };
  const deletion: EventTemplate = {
    kind: DELETION_KIND,
    created_at: createdAtS - 1,
    tags: [
      ["a", `${ANNOUNCEMENT_KIND}:${pubkey}:${ANNOUNCEMENT_D}`],
      ["k", String(ANNOUNCEMENT_KIND)],
    ],
    content: "",
  };
  return [offline, deletion];
}

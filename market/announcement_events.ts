/**
 * The events of a provider's own announcement (announcement.ts): the one that it publishes while it runs, and those that it publishes when
 * it stops.
 *
 * @module
 */
import type { EventTemplate } from "../protocols/nostr/event.ts";
import { ANNOUNCEMENT_KIND, DELETION_KIND } from "../protocols/nostr/kinds.ts";
import { incrementText } from "../protocols/nostr/metered.ts";
import { tokenPriceTag } from "../protocols/nostr/token_price.ts";
import { type Announcement, ANNOUNCEMENT_D } from "./announcement.ts";
import { accessTags } from "./kind_access.ts";
import { schemaTags } from "./kind_schemas.ts";
import { offerTags } from "./offer.ts";

/** The fields of a provider's own announcement. */
export type AnnouncementFields =
  & Omit<
    Announcement,
    | "pubkey"
    | "createdAtS"
    | "expiresAtS"
    | "unpriced"
    | "offline"
    | "sandbox"
    | "builds"
    | "longSchemas"
  >
  & {
    /** The platforms for which it builds images. Default: none. */
    readonly builds?: Announcement["builds"];
    /** The sandbox of its jobs. Left out if absent. */
    readonly sandbox?: string | null;
    /** How long it is valid, in seconds. Default: {@link ANNOUNCEMENT_TTL_S}. */
    readonly ttlS?: number;
  };

/** How long a provider's own announcement is valid, in seconds: three heartbeats. */
const ANNOUNCEMENT_TTL_S = 360;

/** The unsigned event of an announcement. */
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
      ...accessTags(fields.access ?? []),
      ...(fields.builds ?? []).map(({ platform, emulated }) => [
        "build",
        platform,
        emulated ? "emulated" : "native",
      ]),
      ...(fields.ilpAddress === null
        ? []
        : [["ilp", fields.ilpAddress, ...fields.moreAddresses ?? []]]),
      ...fields.prices.map(({ kind, flatUnits, unitsPerKib }) => [
        "price",
        String(kind),
        flatUnits.toString(),
        unitsPerKib.toString(),
        "units",
      ]),
      ...fields.prices.flatMap(({ kind, increment }) =>
        increment === undefined ? [] : [["metered", String(kind), incrementText(increment)]]
      ),
      ...fields.prices.flatMap(({ kind, tokens }) =>
        tokens === undefined ? [] : [tokenPriceTag(kind, tokens)]
      ),
      ...(fields.types ?? []).map(({ kind, type }) => ["type", String(kind), type]),
      ...(fields.offer === undefined ? [] : offerTags(fields.offer)),
      ...schemaTags(fields.inputSchemas ?? [], "input_schema"),
      ...schemaTags(fields.outputSchemas ?? [], "output_schema"),
      ["expiration", String(createdAtS + ttlS)],
    ],
    content: JSON.stringify({ name: fields.name, about: fields.about }),
  };
}

/**
 * The events that a provider publishes when it stops, in this order: an announcement that offers nothing and replaces the last one, and the
 * deletion (NIP-09) of all announcements before it. A deletion removes events that are not newer than itself. So the deletion is dated one
 * second before the new announcement, which stays and can be read back like every paid write.
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
      // The kinds are kept, so that the same queries find it. Without a price it offers nothing.
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

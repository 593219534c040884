/**
 * Publishes the schemas that are too long for a provider's announcement: each in an event of its own, paid like any other write, once and
 * then every 30 days. The commit that puts it into the outbox also stores that it was published.
 *
 * @module
 */
import { ownWrite } from "../store/own_write.ts";
import { type KindSchema, longTextOf } from "../market/kind_schemas.ts";
import { schemaTemplate } from "../market/long_schemas.ts";
import { sha256Hex } from "../protocols/sha256.ts";
import type { Store } from "../store/store.ts";
import type { AnnouncementTarget } from "./announce.ts";

/** Relays may remove old events. */
const AGAIN_AFTER_S = 30 * 86_400;

/** Puts the schemas that are due at this relay into the outbox, and returns their number. */
export async function publishSchemas(
  store: Pick<Store, "cursor" | "commit">,
  schemas: readonly KindSchema[],
  target: AnnouncementTarget,
  relayUrl: string,
  nowMs: number,
): Promise<number> {
  const texts = new Set(schemas.map(longTextOf).filter((text) => text !== null));
  const nowS = Math.floor(nowMs / 1_000);
  let published = 0;
  for (const text of texts) {
    const name = `schema:${target.pubkey}:${relayUrl}:${sha256Hex(text)}`;
    const lastS = Number(await store.cursor(name) ?? -Infinity);
    // A time ahead of the clock is that of a clock that was set back.
    if (nowS - lastS < AGAIN_AFTER_S && lastS <= nowS) continue;
    await store.commit([
      ownWrite({ ...schemaTemplate(text, nowS), pubkey: target.pubkey }, target, nowMs),
      { op: "setCursor", name, value: String(nowS) },
    ]);
    published++;
  }
  return published;
}

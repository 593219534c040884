/**
 * Publishes a home's list of relays (NIP-65), so that others know which relays it reads. The list is written to the home's own relay, paid
 * like any other write, and only when it changed: the commit that puts it into the outbox also stores which list was published.
 *
 * @module
 */
import { ownWrite } from "../store/own_write.ts";
import type { Profile } from "../config/profile.ts";
import { type RelayList, relayListTemplate } from "../protocols/nostr/relay_list.ts";
import type { Store } from "../store/store.ts";
import type { AnnouncementTarget } from "./announce.ts";
import type { Home } from "./home.ts";

/** The list of a profile: the home writes to its own relay and reads all of them. */
export function relayListOf(
  { relayUrl, moreRelays = [] }: Pick<Profile, "relayUrl" | "moreRelays">,
): RelayList {
  return { write: [relayUrl], read: [relayUrl, ...moreRelays] };
}

/**
 * Puts the list into the outbox. Returns false, and writes nothing, if it is the one that was published last, or if the home has one relay
 * and never published a list.
 */
export async function publishRelayList(
  store: Pick<Store, "cursor" | "commit">,
  list: RelayList,
  target: AnnouncementTarget,
  nowMs: number,
): Promise<boolean> {
  const name = `relay-list:${target.pubkey}:${list.write.join(",")}`;
  const [lastS, last] = ((await store.cursor(name)) ?? "0 ").split(" ");
  if (last === list.read.join(",")) return false;
  if (last === "" && list.read.length === list.write.length) return false;
  // Of two lists of the same second, a relay may keep either one.
  const atS = Math.max(Math.floor(nowMs / 1_000), Number(lastS) + 1);
  const event = relayListTemplate(list, atS);
  await store.commit([
    ownWrite({ ...event, pubkey: target.pubkey }, target, nowMs),
    { op: "setCursor", name, value: `${atS} ${list.read.join(",")}` },
  ]);
  return true;
}

/**
 * Publishes the list of a buyer that stays, where that is free: providers elsewhere write their answers to these relays. Where writes are
 * paid, providers write to the buyer's own relay, and the start of a daemon must not open a channel.
 */
export async function publishOwnRelays(
  { store, identity, options: { profile, log } }: Home,
  nowMs: number,
): Promise<void> {
  if (profile.write !== "nostr") return;
  const target = { pubkey: identity.pubkey, destination: "", terminalPubkey: "" };
  const list = relayListOf(profile);
  if (await publishRelayList(store, list, target, nowMs)) {
    log("info", "the list of relays is published", { relays: list.read.length });
  }
}

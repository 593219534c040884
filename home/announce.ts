/**
 * A provider's heartbeat. Each announcement is put into the outbox. While one waits there (the connector is offline), no second one is
 * added. An announcement that waited too long expires unsent, and the next heartbeat makes a new one. A provider that stops withdraws its
 * announcement.
 *
 * @module
 */
import { ownWrite } from "../store/own_write.ts";
import type { EventTemplate } from "../protocols/nostr/event.ts";
import {
  type AnnouncementFields,
  announcementTemplate,
  withdrawalTemplates,
} from "../market/announcement_events.ts";
import { ANNOUNCEMENT_KIND, DELETION_KIND } from "../protocols/nostr/kinds.ts";
import type { Change, Store } from "../store/store.ts";
import type { OutboxRow } from "../store/job_row.ts";
import { isConflict } from "../store/store_error.ts";

/** Where announcements are published. */
export interface AnnouncementTarget {
  /** The provider's own key in hex. */
  readonly pubkey: string;
  /** The relay as a paid destination; empty strings if writes are free. */
  readonly destination: string;
  readonly terminalPubkey: string;
}

/** Heartbeats for which an announcement is valid: one may be lost and one may be late. */
export const BEATS_HELD = 3;
const PAGE_ROWS = 256;
/** How long a provider that stops waits for the relay, in milliseconds. */
const WITHDRAW_MS = 3_000;
const LOOK_MS = 50;

type Outbox = Pick<Store, "pendingOutbox" | "commit" | "cursor">;

/**
 * Puts the announcement into the outbox; false if one waits there already. A waiting withdrawal is dropped. With `instead`, a waiting
 * announcement is dropped too.
 */
export async function announce(
  store: Outbox,
  fields: AnnouncementFields,
  target: AnnouncementTarget,
  nowMs: number,
  instead = false,
): Promise<boolean> {
  return await unlessSent(async () => {
    const waiting = await waitingRows(store);
    if (!instead && waiting.some((row) => kindOf(row) === ANNOUNCEMENT_KIND && !isOffline(row))) {
      return false;
    }
    const atS = await nextSecond(store, target, nowMs);
    const event = announcementTemplate(fields, atS);
    await store.commit([
      ...waiting.map(dropped),
      ownWrite({ ...event, pubkey: target.pubkey }, target, nowMs),
      { op: "setCursor", name: cursorOf(target), value: String(atS) },
    ]);
    return true;
  });
}

/**
 * Withdraws the announcement, so that nobody chooses a provider that stops. Returns when the relay has accepted the withdrawal, or after
 * `waitMs`. A withdrawal that was not sent by then is sent at the next start, or replaced by the next announcement.
 */
export async function withdraw(
  store: Outbox,
  kinds: readonly number[],
  target: AnnouncementTarget,
  clock: () => number,
  waitMs = WITHDRAW_MS,
): Promise<boolean> {
  const nowMs = clock();
  await unlessSent(async () => {
    const atS = await nextSecond(store, target, nowMs);
    await store.commit([
      ...(await waitingRows(store)).map(dropped),
      ...withdrawalTemplates(target.pubkey, kinds, atS).map((event) =>
        ownWrite({ ...event, pubkey: target.pubkey }, target, nowMs)
      ),
      { op: "setCursor", name: cursorOf(target), value: String(atS) },
    ]);
  });
  while ((await waitingRows(store)).length > 0) {
    if (clock() >= nowMs + waitMs || clock() < nowMs) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return true;
}

/** Tries again if a waiting row was sent between the read and the commit; then it need not be dropped. */
async function unlessSent<Done>(write: () => Promise<Done>): Promise<Done> {
  for (let tries = 0;; tries++) {
    try {
      return await write();
    } catch (error) {
      if (!isConflict(error) || tries >= MAX_CONFLICTS) throw error;
    }
  }
}

/** Each conflict means that one waiting row was sent in that moment, and few rows wait. */
const MAX_CONFLICTS = 8;

/**
 * A time later than every earlier announcement and withdrawal. Of two announcements in the same second a relay keeps either one, and a
 * deletion removes both.
 */
async function nextSecond(
  store: Pick<Store, "cursor">,
  target: AnnouncementTarget,
  nowMs: number,
): Promise<number> {
  const last = Number(await store.cursor(cursorOf(target)) ?? 0);
  const nowS = Math.floor(nowMs / 1000);
  // If the clock was set back far, the clock is used: relays refuse an announcement dated far in the future.
  return last - nowS > MAX_AHEAD_S ? nowS : Math.max(nowS, last + 1);
}

const MAX_AHEAD_S = 60;

function cursorOf({ pubkey }: AnnouncementTarget): string {
  return `announced:${pubkey}`;
}

function dropped({ outboxId }: OutboxRow): Change {
  return { op: "settleOutbox", outboxId, state: "failed", detail: "superseded" };
}

/** The announcements and withdrawals that were not sent yet. */
async function waitingRows(store: Pick<Store, "pendingOutbox">): Promise<OutboxRow[]> {
  const found: OutboxRow[] = [];
  for (let after = 0;;) {
    const rows = await store.pendingOutbox(after, PAGE_ROWS, 0);
    found.push(...rows.filter(isOurs));
    if (rows.length < PAGE_ROWS) return found;
    after = rows[rows.length - 1].outboxId;
  }
}

function isOurs(row: OutboxRow): boolean {
  return row.jobId === null && [ANNOUNCEMENT_KIND, DELETION_KIND].includes(kindOf(row));
}

function isOffline(row: OutboxRow): boolean {
  return eventOf(row).tags.some(([name, value]) => name === "status" && value === "offline");
}

function kindOf(row: OutboxRow): number {
  return eventOf(row).kind;
}

/** This home made these bytes itself, so they are parsed without checks. */
function eventOf({ event }: OutboxRow): EventTemplate {
  return JSON.parse(new TextDecoder().decode(event));
}

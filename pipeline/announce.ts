/**
 * A provider's heartbeat: its announcement goes into the outbox, one at a time. While one still waits there (the connector is away)
 * no second is added; what waited too long expires unsent, and the next beat makes a fresh one.
 *
 * @module
 */
import {
  type Announcement,
  ANNOUNCEMENT_KIND,
  ANNOUNCEMENT_TTL_S,
  announcementTemplate,
} from "../services/market/announcement.ts";
import type { OutboxRow, Store } from "../services/store/store.ts";

/** What is announced. */
export type AnnouncementFields = Omit<Announcement, "pubkey" | "createdAtS" | "expiresAtS">;

/** Where it goes. */
export interface AnnouncementTarget {
  /** The provider's own key in hex. */
  readonly pubkey: string;
  /** The relay as a paid destination; empty strings where writes are free. */
  readonly destination: string;
  readonly terminalPubkey: string;
}

/** How often a provider is heard of. */
export const HEARTBEAT_MS = ANNOUNCEMENT_TTL_S * 1000 / 3;
const PAGE_ROWS = 256;

/** Puts the announcement into the outbox; false when one waits there already. */
export async function announce(
  store: Pick<Store, "pendingOutbox" | "commit">,
  fields: AnnouncementFields,
  target: AnnouncementTarget,
  nowMs: number,
): Promise<boolean> {
  if (await waits(store)) return false;
  const template = announcementTemplate(fields, Math.floor(nowMs / 1000));
  const event = { ...template, pubkey: target.pubkey };
  await store.commit([{
    op: "addOutbox",
    row: {
      jobId: null,
      purpose: "write",
      event: new TextEncoder().encode(JSON.stringify(event)),
      destination: target.destination,
      terminalPubkey: target.terminalPubkey,
      amountUnits: null,
      createdAtMs: nowMs,
    },
  }]);
  return true;
}

async function waits(store: Pick<Store, "pendingOutbox">): Promise<boolean> {
  for (let after = 0;;) {
    const rows = await store.pendingOutbox(after, PAGE_ROWS, 0);
    if (rows.some(isAnnouncement)) return true;
    if (rows.length < PAGE_ROWS) return false;
    after = rows[rows.length - 1].outboxId;
  }
}

/** The rows are this home's own, so their bytes are no stranger's. */
function isAnnouncement(row: OutboxRow): boolean {
  return row.jobId === null &&
    JSON.parse(new TextDecoder().decode(row.event)).kind === ANNOUNCEMENT_KIND;
}

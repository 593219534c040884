/**
 * Keeps private messages that a relay of their reader does not have yet: at most 256 that wait, and what was given up for 30 days.
 *
 * @module
 */
import type { ChangeContext } from "./change_context.ts";
import { text, whole } from "./checks.ts";
import type { Database } from "./database.ts";
import type { UndeliveredChange, UndeliveredRow } from "./undelivered_row.ts";
import { UNDELIVERED } from "./undelivered_table.ts";

const MOST_WAITING = 256;
const KEPT_MS = 30 * 86_400_000;

/** Applies the change. A message for which there is no room is given up at once. */
export function applyUndelivered({ db }: ChangeContext, change: UndeliveredChange): void {
  const { messageId, relayUrl } = change.op === "putUndelivered" ? change.row : change;
  const key = [text("messageId", messageId), text("relayUrl", relayUrl)];
  db.run("DELETE FROM undelivered WHERE message_id = ? AND relay_url = ?", ...key);
  if (change.op === "dropUndelivered") return;
  const { row } = change;
  db.run("DELETE FROM undelivered WHERE at_ms <= ?", whole("atMs", row.atMs) - KEPT_MS);
  const waiting = db.get("SELECT count(*) AS rows FROM undelivered WHERE state = 'waiting'");
  const isFull = row.state === "waiting" && (waiting?.rows as number) >= MOST_WAITING;
  const kept: UndeliveredRow = isFull
    ? { ...row, state: "given_up", event: new Uint8Array(0), reason: "too many messages wait" }
    : row;
  db.run(UNDELIVERED.insert, ...Object.values(UNDELIVERED.columns(kept)));
}

/** For `Store.undelivered()`. */
export function undelivered(
  db: Database,
  dueAtMs: number | null,
  limit: number,
): UndeliveredRow[] {
  const most = whole("limit", limit);
  const found = dueAtMs === null
    ? db.all("SELECT * FROM undelivered ORDER BY at_ms DESC, message_id, relay_url LIMIT ?", most)
    : db.all(
      `SELECT * FROM undelivered WHERE state = 'waiting' AND next_at_ms <= ?
        ORDER BY next_at_ms, message_id, relay_url LIMIT ?`,
      whole("dueAtMs", dueAtMs),
      most,
    );
  return found.map(UNDELIVERED.row);
}

/**
 * What `relay status` shows of this home's own relay: the figures of the dev network, read over its control socket.
 *
 * @module
 */
import { devLayout } from "../../network/dev/layout.ts";
import type { RelayServerStatus } from "../../network/relay/relay_server.ts";
import { controlClient } from "../../home/control/control_client.ts";

/** Figures as the command prints them. */
interface OwnFigures {
  readonly events_stored: number;
  readonly stored_bytes: number;
  readonly connections: number;
  readonly subscriptions: number;
  readonly uptime_s: number;
  readonly written: number;
  readonly written_per_s: number;
  readonly duplicates: number;
  readonly refused: number;
  readonly refused_by_reason: Readonly<Record<string, number>>;
  readonly dropped: number;
  readonly dropped_by_reason: Readonly<Record<string, number>>;
  readonly received_messages: number;
  readonly received_bytes: number;
  readonly sent_messages: number;
  readonly sent_bytes: number;
  readonly signatures_verified: number;
}

/** Null if no dev network runs in this home, or if this is another relay. */
export async function ownFigures(
  home: string,
  relayUrl: string,
  nowMs: number,
): Promise<OwnFigures | null> {
  const client = await controlClient(devLayout(home).controlSocket).catch(() => null);
  if (client === null) return null;
  try {
    const status = await client.call("status") as { relay_url?: string; relay?: RelayServerStatus };
    if (status.relay === undefined || !sameRelay(status.relay_url, relayUrl)) return null;
    return figuresOf(status.relay, nowMs);
  } catch {
    // The network is stopping or hangs. The relay's own answers are shown nevertheless.
    return null;
  } finally {
    client.close();
  }
}

/** A relay's own status as the command prints it. */
export function figuresOf(relay: RelayServerStatus, nowMs: number): OwnFigures {
  return {
    events_stored: relay.events,
    stored_bytes: relay.storedBytes,
    connections: relay.connections,
    subscriptions: relay.subscriptions,
    uptime_s: Math.max(0, Math.round((nowMs - relay.startedAtMs) / 1_000)),
    written: relay.written,
    written_per_s: Math.round(relay.writtenPerSecond * 100) / 100,
    duplicates: relay.duplicates,
    refused: relay.refused,
    refused_by_reason: relay.refusedByReason,
    dropped: relay.dropped,
    dropped_by_reason: relay.droppedByReason,
    received_messages: relay.received,
    received_bytes: relay.receivedBytes,
    sent_messages: relay.sent,
    sent_bytes: relay.sentBytes,
    signatures_verified: relay.verified,
  };
}

/** Rows for people. */
export function figureRows(figures: OwnFigures): string[][] {
  const count = (value: number) => value.toLocaleString("en-US");
  const reasons = (by: Readonly<Record<string, number>>) => {
    const parts = Object.entries(by).map(([reason, times]) => `${reason} ${count(times)}`);
    return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
  };
  return [
    [
      "events",
      `${count(figures.events_stored)} in ${sizeText(figures.stored_bytes)}, ` +
      `${figures.written_per_s} a second`,
    ],
    [
      "taken in",
      `${count(figures.written)} in ${durationText(figures.uptime_s)}, ` +
      `${count(figures.duplicates)} more came again`,
    ],
    ["refused", `${count(figures.refused)}${reasons(figures.refused_by_reason)}`],
    [
      "readers",
      `${count(figures.connections)} with ${count(figures.subscriptions)} subscriptions; ` +
      `${count(figures.dropped)} dropped${reasons(figures.dropped_by_reason)}`,
    ],
    [
      "traffic",
      `${sizeText(figures.received_bytes)} in ${count(figures.received_messages)} messages in, ` +
      `${sizeText(figures.sent_bytes)} in ${count(figures.sent_messages)} out`,
    ],
    ["signatures", `${count(figures.signatures_verified)} verified`],
  ];
}

function sameRelay(one: string | undefined, other: string): boolean {
  return one !== undefined && URL.canParse(one) && URL.canParse(other) &&
    new URL(one).host === new URL(other).host;
}

function sizeText(bytes: number): string {
  if (bytes < 10_240) return `${bytes} bytes`;
  return bytes < 10_485_760
    ? `${Math.round(bytes / 1_024)} KiB`
    : `${Math.round(bytes / 1_048_576)} MiB`;
}

function durationText(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}

/** docs/relay.md names every limit of the relay, with its default. */
import assert from "node:assert/strict";
import { RELAY_SERVER_LIMITS, type RelayServerLimits } from "../../../network/relay/limits.ts";

const KIB = 1_024;
/** The row of each limit: words in it, and the form of the default. */
const ROWS: Readonly<Record<keyof RelayServerLimits, readonly [words: string, value: string]>> = {
  maxMessageBytes: ["| message ", `${RELAY_SERVER_LIMITS.maxMessageBytes / KIB} KiB`],
  maxEventBytes: ["| event ", `${RELAY_SERVER_LIMITS.maxEventBytes / KIB} KiB`],
  maxEventTags: ["tags of an event", number("maxEventTags")],
  maxDepth: ["nesting of JSON", number("maxDepth")],
  maxPending: ["connections without a whole request", number("maxPending")],
  maxPendingPerAddress: ["connections without a whole request", number("maxPendingPerAddress")],
  requestMs: ["to its WebSocket", `${RELAY_SERVER_LIMITS.requestMs / 1_000} s`],
  maxConnections: ["connections, in all and from one address", number("maxConnections")],
  maxConnectionsPerAddress: [
    "connections, in all and from one address",
    number("maxConnectionsPerAddress"),
  ],
  maxSubscriptions: ["subscriptions of a connection", number("maxSubscriptions")],
  maxFilters: ["filters of a REQ", number("maxFilters")],
  maxFilterValues: ["values of all filters", number("maxFilterValues")],
  maxSubidLength: ["characters of a subscription id", number("maxSubidLength")],
  maxLimit: ["stored events that a filter returns", number("maxLimit")],
  maxCounted: ["events that a COUNT looks at", number("maxCounted")],
  maxBufferedBytes: [
    "bytes that wait for a reader",
    `${RELAY_SERVER_LIMITS.maxBufferedBytes / KIB / KIB} MiB`,
  ],
  maxStallMs: ["reads none of the events", `${RELAY_SERVER_LIMITS.maxStallMs / 1_000} s`],
  closeGraceMs: ["told to close", `${RELAY_SERVER_LIMITS.closeGraceMs / 1_000} s`],
  pingMs: ["answers no ping", `${RELAY_SERVER_LIMITS.pingMs * 2 / 60_000} minutes`],
  maxMessagesPerSecond: ["messages a second", number("maxMessagesPerSecond")],
  maxPendingEvents: ["wait for OK", number("maxPendingEvents")],
  maxProofs: ["proofs of a connection", number("maxProofs")],
  maxAheadS: ["ahead of the clock", `${RELAY_SERVER_LIMITS.maxAheadS / 60} minutes`],
};

function number(key: keyof RelayServerLimits): string {
  return RELAY_SERVER_LIMITS[key].toLocaleString("en-US");
}

Deno.test("docs/relay.md names every limit of the relay, with its default", async () => {
  const page = await Deno.readTextFile(new URL("../../../docs/relay.md", import.meta.url));
  const rows = page.split("\n").filter((line) => line.startsWith("| "));
  for (const key of Object.keys(RELAY_SERVER_LIMITS) as (keyof RelayServerLimits)[]) {
    const [words, value] = ROWS[key];
    const row = rows.find((line) => line.includes(words));
    assert.ok(row !== undefined, `${key}: no row says "${words}"`);
    assert.ok(row.includes(value), `${key}: ${value} is not in ${row}`);
  }
});

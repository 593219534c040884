/**
 * Draws relay, connectors and chain as the daemon has them.
 *
 * @module
 */
import { latencyText } from "../../shell/latency_text.ts";
import type { PeerState } from "../../shell/live_state.ts";
import { widthOf } from "./cells.ts";
import type { Daemon, Model, Tone } from "./model.ts";
import { age, type Line } from "./painting.ts";

/** The fewest rows of a screen that has a line of advice. */
const ROOM_FOR_ADVICE = 16;

interface NamedPeer {
  readonly name: string;
  readonly state: PeerState;
}

/**
 * A line with every peer, and if one is offline, another line that says why and what to do. On a narrow screen, those that are connected
 * have no time, and then fewer words; the reason of one that is offline then stands in the second line.
 */
export function peersLines(
  { live, connectors }: Daemon,
  { nowMs, columns, rows }: Model,
  unicode: boolean,
): Line[] {
  const peers = (["relay", "connector", "chain"] as const).flatMap((name): NamedPeer[] => {
    const state = live[name];
    const own = state === null ? [] : [{ name, state }];
    if (name !== "connector") return own;
    return [...own, ...connectors.map((state) => ({ name: state.name, state }))];
  });
  const lines = DETAILS.map((detail) => ({
    detail,
    line: peers.flatMap(({ name, state }, i): Line => [
      ...i === 0 ? [] : [["  ", "dim"]] as const,
      ...peerText(name, state, detail, nowMs, unicode),
    ]),
  }));
  const fits = (line: Line) => line.reduce((sum, [words]) => sum + widthOf(words), 0) <= columns;
  const shown = lines.find(({ line }) => fits(line)) ?? lines.at(-1)!;
  return rows < ROOM_FOR_ADVICE
    ? [shown.line]
    : [shown.line, ...adviceLine(peers, shown.detail === "bare")];
}

function adviceLine(peers: readonly NamedPeer[], withReason: boolean): Line[] {
  const away = peers.find(({ state: { state } }) => state === "offline");
  if (away === undefined) return [];
  const { name, state: { reason } } = away;
  const why = withReason && reason !== null ? `; ${name}: ${reason}` : "";
  return [[[` 'crosstown doctor' says what to do${why}`, "warn"]]];
}

/** How much is said of a peer. */
const DETAILS = ["since", "latency", "short", "bare"] as const;

/** A peer's state. If it is connected, `since` adds the time and the round trip, `latency` the round trip. `bare` leaves out the reason. */
function peerText(
  name: string,
  { state, since, reason, latency_ms }: PeerState,
  detail: typeof DETAILS[number],
  nowMs: number,
  unicode: boolean,
): Line {
  const up = state === "connected";
  const tone: Tone = up ? "good" : state === "offline" ? "bad" : "warn";
  const trip = up && typeof latency_ms === "number" ? [latencyText(latency_ms)] : [];
  const after = !up || detail === "since" ? [age(nowMs - Date.parse(since)), ...trip] : trip;
  const sign = unicode ? (up ? "● " : "○ ") : "";
  const isShort = detail === "short" || detail === "bare";
  const word = up && isShort && trip.length > 0 ? "ok" : state;
  const why = reason === null || detail === "bare" ? "" : ` (${reason})`;
  return [[` ${name} `, "dim"], [`${sign}${word}`, tone], [
    `${after.length === 0 ? "" : ` ${after.join(", ")}`}${why}`,
    "dim",
  ]];
}

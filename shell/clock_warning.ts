/**
 * Warns people if this machine's clock and a peer's differ.
 *
 * @module
 */
import { CLOCK_SUGGESTION, CLOCKS_DIFFER } from "../base/clock_offset.ts";
import type { Log } from "../base/log/log.ts";

/** Reads log lines and reports each difference once, as a line of text for standard error. */
export function clockWarning(say: (text: string) => void): Log {
  const told = new Set<unknown>();
  return (_level, msg, { peer, reason } = {}) => {
    if (msg !== CLOCKS_DIFFER || told.has(peer)) return;
    told.add(peer);
    say(`${reason}; packets may expire: ${CLOCK_SUGGESTION}`);
  };
}

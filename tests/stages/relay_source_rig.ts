/** A relay, and what relaySource() needs beside it. */
import assert from "node:assert/strict";
import { type RelayServer, startRelayServer } from "../../network/relay/relay_server.ts";
import { createRelayService } from "../../peers/relay/open_relay_session.ts";
import type { Change } from "../../store/store.ts";
import { PLAIN_IDENTITY } from "../network/relay/plain_identity.ts";
import type { Settlement, StageContext } from "../../stages/stage.ts";

export const NOW_S = Math.floor(Date.now() / 1_000);

export function startRelay(): Promise<RelayServer> {
  return startRelayServer({ file: ":memory:", identity: PLAIN_IDENTITY, write: "ilp" });
}

/** A store with only cursors, and a context whose settlements the test makes. */
export function surroundings(cursors: Record<string, string> = {}) {
  const listeners: ((settled: readonly Settlement[]) => void)[] = [];
  const counters: Record<string, number> = {};
  const abort = new AbortController();
  const context: StageContext = {
    clock: Date.now,
    log: () => {},
    settlements: {
      settle: () => assert.fail("a source settles nothing"),
      onSettled: (listener) => listeners.push(listener),
    },
    signal: abort.signal,
    count: (counter, by = 1) => counters[counter] = (counters[counter] ?? 0) + by,
  };
  const store = {
    cursor: (name: string) => Promise.resolve(cursors[name] ?? null),
    commit: (changes: readonly Change[]) => {
      for (const change of changes) {
        assert.ok(change.op === "setCursor");
        cursors[change.name] = change.value;
      }
      return Promise.resolve();
    },
  };
  const backoff = { firstMs: 10, maxMs: 10, factor: 1, jitter: 0 };
  const services = { relay: createRelayService({ backoff }), store };
  const settle = (...seqs: number[]) => {
    for (const listener of listeners) listener(seqs.map((seq) => ({ seq, outcome: "done" })));
  };
  return { context, services, cursors, settle, counters, abort };
}

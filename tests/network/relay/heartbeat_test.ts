/** Why a provider's heartbeat is a stored event (docs/decisions/0034-heartbeats-are-stored.md). */
import assert from "node:assert/strict";
import { relayReader } from "../../../market/relay_reader.ts";
import { startRelayServer } from "../../../network/relay/relay_server.ts";
import { openRelaySession } from "../../../peers/relay/open_relay_session.ts";
import { PLAIN_IDENTITY } from "./plain_identity.ts";
import { event, json } from "./signed_events.ts";

const BEATS_AN_HOUR = 30;
const EPHEMERAL_KIND = 21_990;
const NOW_S = Math.floor(Date.now() / 1_000);

Deno.test("a command that starts after a heartbeat finds the provider by the stored event alone, of which the relay keeps one", async () => {
  await using relay = await startRelayServer({
    file: ":memory:",
    identity: PLAIN_IDENTITY,
    write: "ilp",
  });
  const tags = [["d", "crosstown"], ["k", "5600"], ["price", "5600", "10", "0", "units"]];
  for (let beat = 0; beat < BEATS_AN_HOUR; beat++) {
    const created_at = NOW_S - BEATS_AN_HOUR + beat;
    await relay.write(json(event({ kind: 31_990, created_at, tags })));
    await relay.write(json(event({ kind: EPHEMERAL_KIND, created_at, tags })));
  }
  const session = openRelaySession({ url: relay.url });
  try {
    const ask = async (kinds: readonly number[]) => {
      const limits = { timeoutMs: 60_000, maxEvents: 100, maxBytes: 1 << 20 };
      const { documents, ended } = await session.query([{ kinds }], limits);
      assert.equal(ended, "eose");
      return documents.length;
    };
    assert.deepEqual([await ask([31_990]), await ask([EPHEMERAL_KIND])], [1, 0]);
    const reader = relayReader(session, { sleep: () => Promise.resolve() });
    const [found, another] = await reader.announcements([5600]);
    assert.deepEqual([found?.createdAtS, another], [NOW_S - 1, undefined]);
  } finally {
    session.close();
  }
});

import assert from "node:assert/strict";
import { lineNow } from "../../../peers/connector/connector_line.ts";
import type { ConnectorStatus } from "../../../peers/connector/client_options.ts";

const NOW_MS = 1_770_000_000_000;
const MINUTE_MS = 60_000;

/** A line in this state, with packets that were signed so long ago and are unanswered. */
function status(state: string, agesMs: readonly number[]): ConnectorStatus {
  const unansweredSinceMs = agesMs.map((ageMs) => NOW_MS - ageMs);
  return { line: { state }, payer: { unansweredSinceMs } } as unknown as ConnectorStatus;
}

for (
  const [name, state, agesMs, line] of [
    ["connected without open packets", "connected", [], "ready"],
    ["connected with a packet of this moment", "connected", [19_999], "ready"],
    ["connected with a packet that waits for 20 s", "connected", [20_000], "silent"],
    ["connected with a packet that waits for 10 minutes", "connected", [10 * MINUTE_MS], "ready"],
    ["with an old packet and a newer one", "connected", [60 * MINUTE_MS, 30_000], "silent"],
    ["that is dialed for the first time", "connecting", [], "dialing"],
    ["that is offline", "offline", [], "away"],
    ["that refused the sign-in", "unauthorized", [30_000], "away"],
    ["that was closed", "closed", [], "away"],
  ] as const
) {
  Deno.test(`lineNow() of a connector ${name} is ${line}`, async () => {
    const client = { status: () => Promise.resolve(status(state, agesMs)) };
    assert.equal(await lineNow(client, { now: () => NOW_MS }), line);
  });
}

Deno.test("lineNow() of a connector without a known channel is ready", async () => {
  const { line } = status("connected", []);
  const client = {
    status: () => Promise.resolve({ url: "", line, payer: null, receiver: [] }),
  };
  assert.equal(await lineNow(client, { now: () => NOW_MS }), "ready");
});

/** Every clause on its own relay, and the document's table against the clauses. */
import assert from "node:assert/strict";
import { startRelayServer } from "../../../../network/relay/relay_server.ts";
import { SUPPORTED_NIPS } from "../../../../network/relay/information.ts";
import { RelayClient } from "../relay_client.ts";
import { event, json } from "../signed_events.ts";
import { NOW_S } from "./clause.ts";
import { CLAUSES, DOCUMENT, rows, rowsIn, testName } from "./table.ts";

const IDENTITY = {
  name: "conformance",
  description: "",
  pubkey: event().pubkey,
  ilpAddress: "g.dev.relay",
  priceUnitsPerByte: 10n,
  asset: { code: "M2M", scale: 6 },
  version: "0",
};

for (const clause of CLAUSES) {
  Deno.test(testName(clause), async () => {
    const time = { nowMs: NOW_S * 1_000 };
    await using relay = await startRelayServer({
      file: ":memory:",
      identity: IDENTITY,
      write: "ilp",
      clock: () => time.nowMs,
      ...clause.options,
    });
    using client = await RelayClient.connect(relay.url);
    await clause.run({
      relay,
      client,
      time,
      connect: (path = "") => RelayClient.connect(relay.url + path),
      async write(...events) {
        for (const one of events) assert.equal((await relay.write(json(one))).result, "stored");
      },
    });
  });
}

Deno.test("docs/relay.md has a row for every clause and no other", async () => {
  const there = rowsIn(await Deno.readTextFile(DOCUMENT));
  assert.deepEqual(there, rows(), "run tests/network/relay/conformance/table.ts, then deno fmt");
});

Deno.test("every NIP that the relay says it supports has a clause that is kept", () => {
  // NIP-02, NIP-16 and NIP-33 are parts of NIP-01 by now.
  const elsewhere = [2, 16, 33];
  const proved = CLAUSES.filter(({ kept }) => kept).map(({ nip }) => Number(nip));
  for (const nip of SUPPORTED_NIPS) assert.ok([...elsewhere, ...proved].includes(nip), `${nip}`);
});

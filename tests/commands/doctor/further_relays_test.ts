/** What `doctor` says of further relays, and of payments while a side is paused. */
import assert from "node:assert/strict";
import { paymentsCheck } from "../../../commands/doctor/payments_check.ts";
import { furtherRelayChecks } from "../../../commands/doctor/relay_check.ts";
import type { Config } from "../../../config/config.ts";
import { startRelayServer } from "../../../network/relay/relay_server.ts";
import { M2M } from "../../../protocols/ilp/asset.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { PLAIN_IDENTITY } from "../../network/relay/plain_identity.ts";

Deno.test("furtherRelayChecks() says how fast each further relay answers, and warns of one that is away", async () => {
  await using relay = await startRelayServer({
    file: ":memory:",
    identity: PLAIN_IDENTITY,
    write: "nostr",
  });
  const gone = await startRelayServer({
    file: ":memory:",
    identity: PLAIN_IDENTITY,
    write: "nostr",
  });
  await gone.close();
  const config = { profile: { moreRelays: [relay.url, gone.url] } } as unknown as Config;
  const never = new AbortController().signal;
  const [there, away] = await furtherRelayChecks(config, 30_000, never);
  assert.equal(there.status, "ok");
  assert.match(there.message, /^ws:\/\/127\.0\.0\.1:\d+\/ answers in \d+ ms$/);
  assert.equal(away.status, "warn");
  assert.ok(away.message.startsWith(`${gone.url}: `), away.message);
  assert.match(away.suggestion!, /take it out of more_relays/);
  assert.deepEqual(await furtherRelayChecks({ profile: {} } as Config, 1, never), []);
});

Deno.test("paymentsCheck() warns while a side is paused, and says since when and how to end it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const store = await openSqliteStore({ folder, clock: () => 5_000 });
    await store.commit([{ op: "pause", side: "selling", atMs: 1_700_000_000_000 }]);
    await store.close();
    const check = await paymentsCheck(
      { paths: { stateFolder: folder }, profile: { asset: M2M } } as unknown as Config,
    );
    assert.equal(check.status, "warn");
    assert.match(check.message, /^selling is paused since 2023-11-14T22:13:20Z; none in doubt/);
    assert.match(check.suggestion!, /'crosstown node resume'/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

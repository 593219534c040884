import assert from "node:assert/strict";
import { M2M } from "../../../protocols/ilp/asset.ts";
import type { AdminView } from "../../../commands/network/connector_admin.ts";
import {
  statusDocument,
  statusRows,
  statusText,
} from "../../../commands/network/connector_view.ts";
import { jsonText } from "../../../shell/output.ts";
import { connected, payment, rig } from "../../network/connector/rig.ts";
import { MemoryIo, run } from "../memory_io.ts";

async function home(url: string, token: string) {
  const path = await Deno.makeTempDir({ prefix: "crosstown-home-" });
  await Deno.writeTextFile(
    `${path}/crosstown.toml`,
    `network = "here"
[networks.here]
relay_url = "ws://127.0.0.1:1"
connector_btp = "${url}"
testnet = true
[networks.here.connector_auth]
username = "buyer"
token = "${token}"
`,
    { mode: 0o600 },
  );
  const io = new MemoryIo();
  io.variables = { GASTOWN_HOME: path, HOME: path };
  return { io, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

Deno.test("connector status signs in and shows our account there, in text, JSON and CSV", async () => {
  await using net = await rig();
  const client = net.client();
  await client.pay(payment(17_000n));
  await using dir = await home(net.connector.url, "buyer token");
  const json = await run(["connector", "status", "--output", "json"], { io: dir.io });
  assert.equal(json.code, 0, json.err);
  const document = JSON.parse(json.out);
  assert.equal(document.state, "signed_in");
  assert.deepEqual(document.account, {
    channel_id: null,
    nonce: 1,
    credited_units: "17000",
    spent_units: "17000",
    held_units: "0",
    free_units: "0",
  });
  assert.equal(document.admin, null);
  dir.io.out = "";
  const text = (await run(["connector", "status"], { io: dir.io })).out;
  assert.match(text, /^TESTNET here/);
  assert.match(text, /^account +0\.017 M2M spent of 0\.017 M2M credited/m);
  dir.io.out = "";
  const csv = (await run(["connector", "status", "--output", "csv"], { io: dir.io })).out;
  assert.match(csv, /^connector_btp,state,/);
  assert.match(csv, /,17000,17000,0\r\n$/);
});

Deno.test("connector status says what is wrong and exits 1: refused, gone", async () => {
  await using net = await rig();
  for (
    const { url, token, state } of [
      { url: net.connector.url, token: "wrong", state: "refused" },
      { url: "btp+ws://127.0.0.1:1", token: "buyer token", state: "offline" },
    ]
  ) {
    await using dir = await home(url, token);
    const { code, out, err } = await run(["connector", "status", "--output", "json"], {
      io: dir.io,
    });
    assert.equal(code, 1);
    assert.equal(JSON.parse(out).state, state);
    assert.ok(!out.includes(token) && !err.includes(token));
  }
});

Deno.test("document, rows and text show the connector's own view, as it arrives over a control socket", async () => {
  await using net = await rig();
  const client = net.client();
  await connected(client);
  await client.pay(payment(17_000n));
  await client.pay(payment(5n, "test.elsewhere"));
  const admin = JSON.parse(jsonText(net.connector.status())) as AdminView;
  const view = {
    // deno-lint-ignore no-explicit-any
    profile: { name: "dev", testnet: true, wire: "interledger", asset: M2M } as any,
    url: net.connector.url,
    channelId: null,
    ours: [],
    more: [],
    answer: { ok: true, state: "signed_in", reason: null, elapsedMs: 3, information: null },
  };
  const document = JSON.parse(jsonText(statusDocument(view, admin)));
  assert.deepEqual(document.admin.outcomes, { F02: 1, fulfilled: 1 });
  assert.equal(document.admin.accounts[0].spent_units, "17000");
  assert.equal(document.admin.sessions[0].username, "buyer");
  const rows = statusRows(view, admin);
  assert.deepEqual(new Set(rows.map(({ side }) => side)), new Set(["receives", "pays"]));
  const text = statusText(view, admin, (part) => part);
  assert.match(
    text,
    /Sessions at test\.hub\n {2}buyer +interledger +signed in +pays +\d in flight/,
  );
  assert.match(text, /0\.017 M2M spent/);
  assert.match(text, /packets +F02 1, fulfilled 1/);
  assert.match(text, /test\.hub\.relay +ends here, at relay/);
  assert.equal(document.admin.next_hops[0].halted, false);
  assert.doesNotMatch(text, /written off today/);
  const [hop] = admin.nextHops;
  const lost = {
    ...admin,
    nextHops: [{ ...hop, todayUnits: hop.limitUnits, inDoubtUnits: "5", halted: true }],
  };
  assert.match(
    statusText(view, lost, (part) => part),
    /to provider +HALTED until the next day \(UTC\) or until the written-off packets are refused: 1\.00 M2M of 1\.00 M2M written off today, 0\.000005 M2M in doubt/,
  );
});

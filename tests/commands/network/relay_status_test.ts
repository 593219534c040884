/** What `crosstown relay status` says of a relay that answers, lies or is gone. */
import assert from "node:assert/strict";
import { Interrupted } from "../../../shell/errors.ts";
import { deadPort, home, network, RELAY } from "../configured_home.ts";
import { run } from "../memory_io.ts";
import { emptyRelay } from "../peers.ts";

Deno.test("relay status shows state, write rule and NIP-11, exit 0", async () => {
  await using relay = await emptyRelay(RELAY);
  await using dir = await home(network(relay.port, deadPort()));
  const { code, out } = await run(["relay", "status", "--timeout", "120", "--output", "json"], {
    io: dir.io,
  });
  assert.equal(code, 0);
  const document = JSON.parse(out);
  assert.equal(document.state, "connected");
  assert.equal(document.write, "ilp");
  assert.deepEqual(document.information, RELAY);
  dir.io.out = "";
  const text = (await run(["relay", "status", "--timeout", "120"], { io: dir.io })).out;
  assert.match(text, /^TESTNET here/);
  assert.match(text, /^state +connected in \d+ ms$/m);
  assert.match(text, /^name +the relay$/m);
});

Deno.test("relay status says that the relay is gone and exits 1", async () => {
  await using dir = await home(network(deadPort(), deadPort()));
  const json = await run(["relay", "status", "--output", "json"], { io: dir.io });
  assert.equal(json.code, 1);
  const document = JSON.parse(json.out);
  assert.equal(document.state, "offline");
  assert.match(document.reason, /ECONNREFUSED|refused/i);
  dir.io.out = "";
  const text = await run(["relay", "status"], { io: dir.io });
  assert.equal(text.code, 1);
  assert.match(text.out, /offline/);
  assert.match(text.err, /local commands still work/);
});

Deno.test("relay status ends with the signal", async () => {
  await using dir = await home(network(deadPort(), deadPort()));
  const signal = AbortSignal.abort(new Interrupted("SIGINT"));
  assert.equal((await run(["relay", "status"], { io: dir.io, signal })).code, 130);
});

Deno.test("relay status lets no control character of the relay reach the terminal", async () => {
  await using relay = await emptyRelay({ ...RELAY, name: "x\u001b]0;owned\u0007" });
  await using dir = await home(network(relay.port, deadPort()));
  const { out } = await run(["relay", "status", "--timeout", "120"], { io: dir.io });
  assert.match(out, /owned/);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(out, /[\u001b\u0007]/);
});

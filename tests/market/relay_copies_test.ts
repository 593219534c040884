/** Events that are written to relays of others: real relays, and some that do not work as they should. */
import assert from "node:assert/strict";
import { relayCopies } from "../../market/relay_copies.ts";
import { definition } from "../../market/relay_copies_service.ts";
import { startRelayServer } from "../../network/relay/relay_server.ts";
import { openRelaySession } from "../../peers/relay/open_relay_session.ts";
import { StrfryLike } from "../interop/relay/strfry_like.ts";
import { event, json } from "../network/relay/signed_events.ts";
import { deadUrl, startSilentRelay } from "./bad_relays.ts";

const paid = {
  name: "paid",
  description: "",
  pubkey: "a".repeat(64),
  ilpAddress: "test.relay",
  priceUnitsPerByte: 10n,
  asset: { code: "M2M", scale: 6 },
  version: "0",
};

function writer() {
  const opened: string[] = [];
  const copies = relayCopies((url) => {
    opened.push(url);
    return openRelaySession({ url, signer: null });
  });
  return { ...copies, opened };
}

Deno.test("relayCopies() writes to each relay at once, and says how each one reacted", async () => {
  await using good = await StrfryLike.start();
  await using restricted = await startRelayServer({
    file: ":memory:",
    identity: paid,
    write: "ilp",
  });
  const dead = deadUrl();
  const [one, two] = [event({ content: "one" }), event({ content: "two" })];
  const answers = await writer().write(
    [dead, good.url, restricted.url],
    [json(one), json(two)],
  );
  assert.deepEqual(answers.map(({ relayUrl, state }) => [relayUrl, state]), [
    [dead, "offline"],
    [good.url, "accepted"],
    [restricted.url, "refused"],
  ]);
  assert.equal(answers[1].reason, null);
  assert.match(answers[2].reason!, /restricted: writes require ILP payment/);
  assert.deepEqual(good.events.map(({ id }) => id).sort(), [one.id, two.id].sort());
  // A relay knows an event by its id.
  const [again] = await writer().write([good.url], [json(one)]);
  assert.equal(again.state, "accepted");
  assert.equal(good.events.length, 2);
});

Deno.test("relayCopies() proves no identity to a relay that asks for one, and tries at most three relays", async () => {
  await using asks = await StrfryLike.start({ auth: true });
  const { write, opened } = writer();
  const [answer, ...rest] = await write(
    [asks.url, deadUrl(), "ws://far.example", asks.url, asks.url],
    [json(event())],
  );
  assert.equal(answer.state, "refused");
  assert.match(answer.reason!, /auth/);
  assert.deepEqual([asks.proven, asks.events], [[], []]);
  assert.deepEqual(rest.map(({ state }) => state), ["offline", "offline"]);
  assert.match(rest[1].reason!, /wss:\/\//);
  assert.equal(opened.length, 3);
});

Deno.test("relayCopies() keeps 200 characters of a relay's reason", async () => {
  await using relay = startSilentRelay([], `blocked: ${"x".repeat(100_000)}`);
  const [answer] = await writer().write([relay.url], [json(event())]);
  assert.equal(answer.state, "refused");
  assert.equal(answer.reason?.length, 200);
});

Deno.test("the worker of relayCopies() may reach its relays and nothing else", () => {
  const relayUrls = ["wss://a.example", "wss://a.example/x", "ws://127.0.0.1:7"];
  assert.deepEqual(definition.permissions({ relayUrls }), {
    net: ["a.example:443", "127.0.0.1:7"],
  });
  assert.throws(() => definition.permissions({ relayUrls: ["ws://a.example"] }), {
    code: "insecure_url",
  });
});

import assert from "node:assert/strict";
import { ScriptedRelay } from "./scripted_relay.ts";
import { rig, signed } from "./relay_session_rig.ts";

for (
  const { name, ok, expected } of [
    {
      name: "accepted",
      ok: [true, ""],
      expected: { outcome: "accepted", prefix: "none", message: "" },
    },
    {
      name: "duplicate",
      ok: [true, "duplicate: already have this event"],
      expected: { outcome: "duplicate", prefix: "duplicate", message: /already have/ },
    },
    {
      name: "restricted",
      ok: [false, "restricted: writes require ILP payment"],
      expected: { outcome: "refused", prefix: "restricted", message: /ILP payment/ },
    },
    {
      name: "refused without a prefix",
      ok: [false, "no"],
      expected: { outcome: "refused", prefix: "none", message: "no" },
    },
  ]
) {
  Deno.test(`publish() answers ${name}`, async () => {
    await using relay = await ScriptedRelay.start();
    using at = rig(relay.url);
    const event = signed(name);
    const published = at.session.publish(event);
    const connection = await relay.connection();
    await connection.next("EVENT");
    connection.send("OK", "0".repeat(64), true, "");
    connection.send("OK", event.id, ...ok);
    const outcome = await published;
    assert.equal(outcome.eventId, event.id);
    assert.equal(outcome.outcome, expected.outcome);
    assert.equal(outcome.prefix, expected.prefix);
    if (typeof expected.message === "string") assert.equal(outcome.message, expected.message);
    else assert.match(outcome.message, expected.message);
    assert.equal(at.counters.unexpected, 1);
  });
}

Deno.test("publish() sends again after a reconnect, and is told timeout when no OK comes", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url);
  const event = signed("twice");
  const published = at.session.publish(event, { timeoutMs: 5_000 });
  const first = await relay.connection();
  await first.next("EVENT");
  first.cut();
  await at.time.scheduled(1_000);
  at.time.advance(1_000);
  const second = await relay.connection();
  assert.deepEqual(await second.next("EVENT"), ["EVENT", event]);
  at.time.advance(4_000);
  await assert.rejects(published, { name: "RelayError", code: "timeout" });
});

Deno.test("publish() without an OK tells the notice that came meanwhile", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url);
  const [event, other] = [signed("too long"), signed("fine")];
  const published = at.session.publish(event, { timeoutMs: 5_000 });
  const connection = await relay.connection();
  await connection.next("EVENT");
  connection.send("NOTICE", "invalid: tag value must be less than 1024 chars");
  const taken = at.session.publish(other, { timeoutMs: 5_000 });
  await connection.next("EVENT");
  connection.send("OK", other.id, true, "");
  assert.equal((await taken).outcome, "accepted", "an OK counts whatever was noticed");
  at.time.advance(5_000);
  await assert.rejects(published, { code: "noticed", message: /less than 1024 chars/ });
});

Deno.test("publish() without a key at a relay that asks for one is auth_required", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url);
  const event = signed("private");
  const published = at.session.publish(event);
  const connection = await relay.connection();
  await connection.next("EVENT");
  connection.send("OK", event.id, false, "auth-required: who are you");
  await assert.rejects(published, { code: "auth_required" });
});

import assert from "node:assert/strict";
import { ScriptedRelay } from "./scripted_relay.ts";
import { deliveriesOf, rig, signed, signer } from "./relay_session_rig.ts";

Deno.test("publish() proves who we are when the relay asks, once, then sends again", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url, { signer });
  const event = signed("private");
  const published = at.session.publish(event);
  const connection = await relay.connection();
  connection.send("AUTH", "challenge-1");
  await connection.next("EVENT");
  connection.send("OK", event.id, false, "auth-required: who are you");
  const [, proof] = await connection.next("AUTH");
  assert.equal(proof.kind, 22242);
  assert.deepEqual(proof.tags, [["relay", relay.url], ["challenge", "challenge-1"]]);
  connection.send("OK", proof.id, true, "");
  assert.deepEqual(await connection.next("EVENT"), ["EVENT", event]);
  connection.send("OK", event.id, true, "");
  assert.equal((await published).outcome, "accepted");
});

Deno.test("subscribe() answers auth-required with a proof, and gives up when the proof is refused", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url, { signer });
  const read = deliveriesOf(at.session.subscribe([{ kinds: [4] }]));
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  connection.send("CLOSED", id, "auth-required: members only");
  connection.send("AUTH", "late challenge");
  const [, proof] = await connection.next("AUTH");
  connection.send("OK", proof.id, true, "");
  const [, again] = await connection.next("REQ");
  connection.send("EVENT", again, { kind: 4 });
  await read.document();
  connection.cut();
  await at.time.scheduled(1_000);
  at.time.advance(1_000);
  const next = await relay.connection();
  const [, third] = await next.next("REQ");
  next.send("AUTH", "another");
  next.send("CLOSED", third, "auth-required: members only");
  const [, second] = await next.next("AUTH");
  next.send("OK", second.id, false, "restricted: not a member");
  await assert.rejects(() => read.next(), { code: "auth_refused" });
});

Deno.test("subscribe() asks for the same history again when it had to send a proof first", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url, { signer });
  const filter = { kinds: [31_990], limit: 200 };
  at.session.subscribe([filter], { backfill: false });
  const connection = await relay.connection();
  connection.send("AUTH", "challenge");
  const [, id, first] = await connection.next("REQ");
  assert.deepEqual(first, filter);
  connection.send("CLOSED", id, "auth-required: members only");
  const [, proof] = await connection.next("AUTH");
  connection.send("OK", proof.id, true, "");
  const [, , again] = await connection.next("REQ");
  assert.deepEqual(again, filter, "nothing was read yet, so nothing is left out");
});

Deno.test("subscribe() and publish() survive a relay that disconnects during the proof (NIP-42)", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url, { signer });
  const read = deliveriesOf(at.session.subscribe([{ kinds: [4] }]));
  const event = signed("mine");
  const published = at.session.publish(event);
  const first = await relay.connection();
  const [, id] = await first.next("REQ");
  await first.next("EVENT");
  first.send("AUTH", "one");
  first.send("CLOSED", id, "auth-required: members only");
  first.send("OK", event.id, false, "auth-required: members only");
  await first.next("AUTH");
  first.cut();
  await at.time.scheduled(1_000);
  at.time.advance(1_000);
  const second = await relay.connection();
  const [, again] = await second.next("REQ");
  assert.deepEqual(await second.next("EVENT"), ["EVENT", event]);
  second.send("EVENT", again, { kind: 4 });
  second.send("OK", event.id, true, "");
  await read.document();
  assert.equal((await published).outcome, "accepted");
});

Deno.test("a relay that answers restricted beside a challenge gets a proof, one without a challenge does not", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url, { signer });
  const first = signed("first");
  const published = at.session.publish(first);
  const connection = await relay.connection();
  await connection.next("EVENT");
  connection.send("OK", first.id, false, "restricted: writes require ILP payment");
  assert.equal((await published).outcome, "refused");
  const second = signed("second");
  const proved = at.session.publish(second);
  await connection.next("EVENT");
  connection.send("AUTH", "who");
  connection.send("OK", second.id, false, "restricted: members only");
  const [, proof] = await connection.next("AUTH");
  connection.send("OK", proof.id, true, "");
  await connection.next("EVENT");
  connection.send("OK", second.id, false, "restricted: members only");
  assert.equal((await proved).prefix, "restricted");
});

Deno.test("a relay's own limit (NIP-11) makes paging begin earlier, and with auth_required the proof follows the challenge", async () => {
  await using relay = await ScriptedRelay.start();
  relay.information = {
    status: 200,
    body: '{"limitation":{"default_limit":3,"auth_required":true}}',
  };
  using at = rig(relay.url, { signer });
  await at.session.information();
  const read = deliveriesOf(at.session.subscribe([{ kinds: [1] }]));
  const connection = await relay.connection();
  connection.send("AUTH", "at once");
  const messages = [await connection.messages.next(), await connection.messages.next()];
  const request = messages.find(([type]) => type === "REQ")!;
  const proof = messages.find(([type]) => type === "AUTH")!;
  connection.send("OK", proof[1].id, true, "");
  for (let n = 0; n < 3; n++) connection.send("EVENT", request[1], { kind: 1, created_at: 9 - n });
  connection.send("EOSE", request[1]);
  const [, page, filter] = await connection.next("REQ");
  assert.deepEqual(filter, { kinds: [1], until: 7 });
  connection.send("EOSE", page);
  for (let n = 0; n < 3; n++) await read.document();
  assert.deepEqual(await read.next(), { type: "eose", assumed: false });
});

Deno.test("subscribe() understands strfry's auth-required behind an ERROR, and proves who we are", async () => {
  await using relay = await ScriptedRelay.start();
  const logged: [string, string, unknown][] = [];
  using at = rig(relay.url, {
    signer,
    log: (level, msg, fields) => {
      if (level !== "debug") logged.push([level, msg, fields?.reason]);
    },
  });
  const read = deliveriesOf(at.session.subscribe([{ kinds: [4] }]));
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  connection.send("AUTH", "challenge");
  connection.send("CLOSED", id, "ERROR: auth-required: only for members");
  const [, proof] = await connection.next("AUTH");
  connection.send("OK", proof.id, true, "");
  const [, again] = await connection.next("REQ");
  connection.send("EVENT", again, { kind: 4 });
  await read.document();
  assert.deepEqual(logged, [
    ["info", "relay closed a subscription", "ERROR: auth-required: only for members"],
  ]);
  assert.equal(at.counters["closed_by_relay:auth-required"], 1);
});

Deno.test("subscribe() proves who we are at a challenge whatever the refusal's words are", async () => {
  for (const words of ["no", "error: not for you", "blocked: members only", "members: only"]) {
    await using relay = await ScriptedRelay.start();
    using at = rig(relay.url, { signer });
    const read = deliveriesOf(at.session.subscribe([{ kinds: [4] }]));
    const connection = await relay.connection();
    const [, id] = await connection.next("REQ");
    connection.send("AUTH", "challenge");
    connection.send("CLOSED", id, words);
    const [, proof] = await connection.next("AUTH");
    connection.send("OK", proof.id, true, "");
    const [, again] = await connection.next("REQ");
    connection.send("EVENT", again, { kind: 4 });
    await read.document();
  }
});

Deno.test("subscribe() keeps asking if a refusal without a reason does not end after a proof", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url, { signer });
  const read = deliveriesOf(at.session.subscribe([{ kinds: [4] }]));
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  connection.send("AUTH", "challenge");
  connection.send("CLOSED", id, "error: overloaded");
  const [, proof] = await connection.next("AUTH");
  connection.send("OK", proof.id, false, "error: overloaded");
  await at.time.scheduled(1_000);
  at.time.advance(1_000);
  const [, again] = await connection.next("REQ");
  connection.send("EVENT", again, { kind: 4 });
  await read.document();
});

Deno.test("a subscription that was refused for its rate is still proved for later", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url, { signer });
  const read = deliveriesOf(at.session.subscribe([{ kinds: [4] }]));
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  connection.send("CLOSED", id, "rate-limited: slow down");
  await at.time.scheduled(1_000);
  at.time.advance(1_000);
  const [, second] = await connection.next("REQ");
  connection.send("AUTH", "challenge");
  connection.send("CLOSED", second, "auth-required: who are you");
  const [, proof] = await connection.next("AUTH");
  connection.send("OK", proof.id, true, "");
  const [, third] = await connection.next("REQ");
  connection.send("EVENT", third, { kind: 4 });
  await read.document();
});

for (
  const { how, say, waitMs } of [
    { how: "answers nothing", say: [], waitMs: 2_000 },
    { how: "answers by a NOTICE", say: ["NOTICE", "restricted: we serve members"], waitMs: 0 },
    { how: "answers by a NOTICE in capitals", say: ["NOTICE", "AUTH-REQUIRED: who?"], waitMs: 0 },
  ]
) {
  Deno.test(`a session proves who it is to a relay that challenges and ${how}, and asks again`, async () => {
    await using relay = await ScriptedRelay.start();
    using at = rig(relay.url, { signer });
    const read = deliveriesOf(at.session.subscribe([{ kinds: [4] }]));
    const event = signed("waits too");
    const published = at.session.publish(event);
    const connection = await relay.connection();
    const [, id] = await connection.next("REQ");
    await connection.next("EVENT");
    connection.send("AUTH", "challenge");
    if (say.length > 0) connection.send(...say);
    if (waitMs > 0) {
      await at.time.scheduled(waitMs);
      at.time.advance(waitMs);
    }
    const [, proof] = await connection.next("AUTH");
    connection.send("OK", proof.id, true, "");
    assert.deepEqual(await connection.next("CLOSE"), ["CLOSE", id]);
    const [, again] = await connection.next("REQ");
    assert.deepEqual(await connection.next("EVENT"), ["EVENT", event]);
    connection.send("OK", event.id, true, "");
    assert.equal((await published).outcome, "accepted");
    connection.send("EVENT", again, { kind: 4 });
    await read.document();
  });
}

Deno.test("a session proves nothing to a relay that challenges everybody but answers without a proof", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url, { signer });
  const read = deliveriesOf(at.session.subscribe([{ kinds: [1] }]));
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  connection.send("AUTH", "challenge");
  connection.send("EOSE", id);
  assert.deepEqual(await read.next(), { type: "eose", assumed: false });
  await at.time.scheduled(2_000);
  at.time.advance(2_000);
  connection.send("NOTICE", "restricted: members read more");
  connection.send("EVENT", id, { kind: 1 });
  await read.document();
  assert.equal(connection.messages.size, 0);
});

Deno.test("a session signs 64 proofs on one connection, and no more, however many challenges come", async () => {
  await using relay = await ScriptedRelay.start();
  let asked = 0;
  const counting = {
    ...signer,
    signEvents: (events: Parameters<typeof signer.signEvents>[0]) => {
      asked++;
      return signer.signEvents(events);
    },
  };
  using at = rig(relay.url, { signer: counting });
  const mine = signed("mine");
  const published = at.session.publish(mine);
  const connection = await relay.connection();
  await connection.next("EVENT");
  for (let n = 0; n < 70; n++) {
    connection.send("AUTH", `challenge-${n}`);
    connection.send("NOTICE", "auth-required: again");
    if (n >= 64) continue;
    const [, proof] = await connection.next("AUTH");
    connection.send("OK", proof.id, true, "");
    // The event is sent again after each proof.
    await connection.next("EVENT");
  }
  connection.send("OK", mine.id, true, "");
  assert.equal((await published).outcome, "accepted");
  assert.equal(asked, 64);
});

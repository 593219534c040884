import assert from "node:assert/strict";
import { offerFilters } from "../../stages/relay_source_offers.ts";
import { relaySource } from "../../stages/relay_source.ts";
import type { Batch } from "../../stages/stage.ts";
import { event, json } from "../network/relay/signed_events.ts";
import { ManualTime, ScriptedRelay } from "../peers/relay/scripted_relay.ts";
import { until } from "../until.ts";
import { NOW_S, startRelay, surroundings } from "./relay_source_rig.ts";

Deno.test("relaySource() hears the answers of every kind of which the store has an open job, also a later one", async () => {
  await using relay = await startRelay();
  const buyer = "b".repeat(64);
  const answer = (kind: number) =>
    relay.write(json(event({ kind, tags: [["p", buyer]], created_at: NOW_S })));
  const { context, services, abort } = surroundings();
  const handedOver = Promise.withResolvers<number[]>();
  const openKinds = (_role: string, known: readonly number[], waitMs: number) =>
    waitMs === 0
      ? Promise.resolve([5650])
      : known.includes(5777)
      ? new Promise<number[]>(() => {})
      : handedOver.promise;
  const stream = await relaySource(
    {
      relayUrl: relay.url,
      filters: [{ kinds: [7000], "#p": [buyer], since: NOW_S - 60 }],
      answersTo: buyer,
    },
    {
      ...services,
      store: { ...services.store, openKinds, awaitedJobs: () => Promise.resolve([]) },
    },
    context,
  );
  const reader = stream.getReader();
  const kindOf = async () => {
    const { value } = await reader.read();
    return value!.map(({ bytes }) => JSON.parse(new TextDecoder().decode(bytes)).kind);
  };
  await answer(6650);
  assert.deepEqual(await kindOf(), [6650]);
  await answer(6777);
  handedOver.resolve([5650, 5777]);
  // Events that were read before arrive again: the store behind the sink knows them.
  const heard = new Set<number>();
  while (!heard.has(6777)) for (const kind of await kindOf()) heard.add(kind);
  abort.abort();
});

Deno.test("relaySource() gives an event that is pushed after the end of the stored ones, when nothing else happens", async () => {
  await using relay = await ScriptedRelay.start();
  const { context, services, abort, settle, cursors } = surroundings();
  const stream = await relaySource(
    { relayUrl: relay.url, filters: [{ kinds: [5050] }], cursorName: "c" },
    services,
    context,
  );
  const reader = stream.getReader();
  const stored = reader.read();
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  connection.send("EVENT", id, event({ kind: 5050, created_at: NOW_S - 5 }));
  assert.equal((await stored).value?.length, 1);
  let pushed: Batch | undefined;
  void reader.read().then(({ value }) => pushed = value);
  settle(1);
  connection.send("EOSE", id);
  // The source has taken the end of the stored events, and nothing else.
  await until(() => cursors.c === String(NOW_S - 5), 60_000);
  connection.send("EVENT", id, event({ kind: 5050, created_at: NOW_S }));
  await until(() => pushed !== undefined, 60_000);
  assert.equal(pushed?.length, 1);
  abort.abort();
});

Deno.test("relaySource() repeatedly asks a relay that never pushes, and gives each stored event once", async () => {
  await using relay = await ScriptedRelay.start();
  const { context, services, abort } = surroundings();
  const time = new ManualTime();
  const buyer = "b".repeat(64);
  const job = {
    eventId: "e".repeat(64),
    kind: 5600,
    createdAtMs: time.nowMs,
    deadlineMs: time.nowMs + 60_000,
    open: true,
  };
  const stream = await relaySource(
    { relayUrl: relay.url, filters: [{ kinds: [6600], "#p": [buyer] }], answersTo: buyer },
    {
      ...services,
      timers: time.timers,
      store: {
        ...services.store,
        openKinds: (_role, _known, waitMs) =>
          waitMs === 0 ? Promise.resolve([]) : new Promise(() => {}),
        awaitedJobs: () => Promise.resolve([job]),
      },
    },
    { ...context, clock: time.clock },
  );
  const reader = stream.getReader();
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  connection.send("EOSE", id);
  for (const found of [["first"], ["first", "second"]]) {
    for (let look = 0; look < 3; look++) {
      await time.scheduled(1_000);
      time.advance(1_000);
    }
    const [, again, filter] = await connection.next("REQ");
    assert.deepEqual([filter.kinds, filter["#e"]], [[7000, 6600], [job.eventId]]);
    for (const content of found) connection.send("EVENT", again, { content });
    connection.send("EOSE", again);
    const { value } = await reader.read();
    assert.deepEqual(
      value!.map(({ bytes }) => JSON.parse(new TextDecoder().decode(bytes)).content),
      found.slice(-1),
    );
    await connection.next("CLOSE");
  }
  abort.abort();
});

Deno.test("relaySource() asks a relay that never pushes for new requests, and one that pushes every minute", async () => {
  await using relay = await ScriptedRelay.start();
  const { context, services, abort } = surroundings();
  const time = new ManualTime();
  const startS = time.nowMs / 1_000;
  const skills = [{ kinds: [5600], addressed: false }];
  const changed = (_since: number, waitMs: number) =>
    waitMs === 0 ? Promise.resolve({ version: 1, skills }) : new Promise(() => {});
  const serves = { pubkey: "b".repeat(64), sinceS: startS - 3_600 };
  const stream = await relaySource(
    { relayUrl: relay.url, filters: [], serves },
    { ...services, timers: time.timers, offers: { changed } as never },
    { ...context, clock: time.clock },
  );
  const reader = stream.getReader();
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  connection.send("EVENT", id, { content: "stored" });
  connection.send("EOSE", id);
  const contents = async () =>
    (await reader.read()).value!.map(({ bytes }) =>
      JSON.parse(new TextDecoder().decode(bytes)).content
    );
  assert.deepEqual(await contents(), ["stored"]);
  let since = startS - 300;
  for (const [waitMs, content] of [[10_000, "first"], [3_000, "second"]] as const) {
    await time.scheduled(waitMs);
    time.advance(waitMs);
    const [, again, filter] = await connection.next("REQ");
    assert.deepEqual([filter.kinds, filter.since], [[5600], since]);
    for (const each of ["stored", content]) connection.send("EVENT", again, { content: each });
    connection.send("EOSE", again);
    assert.deepEqual(await contents(), [content]);
    await connection.next("CLOSE");
    since = time.nowMs / 1_000 - 300;
  }
  connection.send("EVENT", id, { content: "pushed" });
  assert.deepEqual(await contents(), ["pushed"]);
  await time.scheduled(3_000);
  time.advance(3_000);
  const [, last] = await connection.next("REQ");
  connection.send("EOSE", last);
  await time.scheduled(60_000);
  abort.abort();
});

Deno.test("offerFilters() asks for requests, open messages, and messages to the provider's key, of what skills take, and for cancelled requests", () => {
  const skills = [
    { kinds: [5600, 5601, 7000], addressed: true },
    { kinds: [5650, 1111], addressed: false },
    { kinds: [1059, 4], addressed: true },
  ];
  const sinceS = 1_000_000;
  assert.deepEqual(offerFilters(skills, { pubkey: "ab", sinceS }), [
    { kinds: [5600, 5601, 5650], since: sinceS },
    { kinds: [1111], since: sinceS },
    { kinds: [4], since: sinceS, "#p": ["ab"] },
    // The time in a gift wrap is up to two days too early.
    { kinds: [1059], since: sinceS - 172_800, "#p": ["ab"] },
    { kinds: [5], since: sinceS, "#p": ["ab"] },
  ]);
  const [messages] = [{ kinds: [1111], addressed: false }];
  assert.equal(offerFilters([messages], { pubkey: "ab", sinceS: 5 }).length, 1);
});

Deno.test("offerFilters() by tag asks for requests that have a tag of a skill or of the owner, and for those that name the provider", () => {
  const pubkey = "b".repeat(64);
  const skills = [
    { kinds: [5600, 1059], addressed: true, tags: ["echo", "shared"] },
    { kinds: [5601], addressed: false, tags: ["ci-cd-linux", "shared"] },
  ];
  const requests = (byTags?: readonly string[], of = skills) =>
    offerFilters(of, { pubkey, sinceS: 1_000, ...byTags && { byTags } })
      .filter(({ kinds }) => kinds?.includes(5600) || kinds?.includes(5601));
  const all = { kinds: [5600, 5601], since: 1_000 };
  assert.deepEqual(requests(), [all]);
  assert.deepEqual(requests(["gpu", "echo"]), [
    { ...all, "#p": [pubkey] },
    { ...all, "#t": ["echo", "shared", "ci-cd-linux", "gpu"] },
  ]);
  const untagged = skills.map((skill) => ({ ...skill, tags: [] }));
  assert.deepEqual(requests([], untagged), [{ ...all, "#p": [pubkey] }]);
  // Relays bound the values of a list.
  const many = Array.from({ length: 150 }, (_, n) => `t${n}`);
  assert.deepEqual(
    requests(many, untagged).map((filter) => filter["#t"]?.length ?? 0),
    [0, 100, 50],
  );
});

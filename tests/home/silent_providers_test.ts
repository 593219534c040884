/** When a home calls a paid provider silent: it has listened, and its relay says that there is no answer. */
import assert from "node:assert/strict";
import { silenceWatch } from "../../home/silent_providers.ts";
import { RelayReaderError } from "../../market/relay_questions.ts";
import { BUYER } from "../market/market.ts";
import { openWorld } from "../store/given.ts";
import { posted } from "../store/store_failover.ts";

const PAID_MS = 1_700_000_100_000;

/** A home with a paid job, of whose provider nothing is heard and 100 s were left. */
async function home(isPrivate = false) {
  const world = await openWorld();
  const { store } = world;
  const row = await posted(store, { id: "a01", budgetUnits: 1_000n, paid: true });
  const { kind, created_at, pubkey, content, tags } = JSON.parse(
    new TextDecoder().decode(row.request),
  );
  const secret = { kind, created_at, pubkey, content, tags: [...tags, ["answers", BUYER]] };
  const times = { createdAtMs: PAID_MS, timeoutS: 100, updatedAtMs: PAID_MS };
  const request = isPrivate ? new TextEncoder().encode(JSON.stringify(secret)) : row.request;
  await store.commit([{ op: "putJob", row: { ...row, ...times, request } }]);
  const at = {
    nowMs: PAID_MS + 60_000,
    passedMs: 0,
    relay: "nothing" as "nothing" | "an answer" | "offline",
    away: [] as string[],
    asked: [] as string[],
  };
  const look = silenceWatch({
    store,
    relayReader: {
      answered(eventId, author) {
        at.asked.push(`${eventId && eventId === row.eventId} ${author.slice(0, 1)}`);
        return at.relay === "offline"
          ? Promise.reject(new RelayReaderError("offline", "away"))
          : Promise.resolve({ found: at.relay === "an answer", away: at.away });
      },
    },
    clock: () => at.nowMs,
    elapsedMs: () => at.passedMs,
    log: () => {},
  });
  return {
    at,
    look,
    provider: async () => (await store.getJob(row.jobId, "buyer"))!.provider!.slice(0, 1),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

Deno.test("silenceWatch() listens for ten seconds before it calls a provider silent", async () => {
  await using made = await home();
  made.at.passedMs = 9_999;
  await made.look();
  assert.deepEqual([await made.provider(), made.at.asked], ["a", []]);
  made.at.passedMs = 10_000;
  await made.look();
  assert.deepEqual([await made.provider(), made.at.asked], ["b", ["true a"]]);
  await made.look();
  assert.equal(await made.provider(), "b", "the next one was not paid yet");
});

for (
  const [name, relay] of [["has an answer of it", "an answer"], ["is away", "offline"]] as const
) {
  Deno.test(`silenceWatch() replaces nobody while the relay ${name}`, async () => {
    await using made = await home();
    made.at.passedMs = 10_000;
    made.at.relay = relay;
    await made.look();
    assert.equal(await made.provider(), "a");
    made.at.relay = "nothing";
    await made.look();
    assert.equal(await made.provider(), "b");
  });
}

Deno.test("silenceWatch() replaces nobody before half of the time that was left is over", async () => {
  await using made = await home();
  made.at.passedMs = 10_000;
  made.at.nowMs = PAID_MS + 49_000;
  await made.look();
  assert.deepEqual([await made.provider(), made.at.asked], ["a", []]);
});

Deno.test("silenceWatch() tells no relay which job is private", async () => {
  await using made = await home(true);
  made.at.passedMs = 10_000;
  made.at.relay = "offline";
  await made.look();
  assert.deepEqual([await made.provider(), made.at.asked], ["a", ["null a"]]);
  made.at.relay = "nothing";
  await made.look();
  assert.deepEqual([await made.provider(), made.at.asked], ["b", ["null a", "null a"]]);
});

for (const isPrivate of [false, true]) {
  Deno.test(`silenceWatch() waits for a further relay until three quarters of the time are over (private: ${isPrivate})`, async () => {
    await using made = await home(isPrivate);
    made.at.passedMs = 10_000;
    made.at.away = ["wss://away.example"];
    made.at.nowMs = PAID_MS + 74_999;
    await made.look();
    assert.equal(await made.provider(), "a");
    made.at.nowMs++;
    await made.look();
    assert.equal(await made.provider(), "b");
  });
}

/** Messages to relays of their readers: kept before the first try, tried again with pauses, and given up. The store is a real one. */
import assert from "node:assert/strict";
import { homeMessages } from "../../../market/messages/home_messages.ts";
import { MOST_AGE_MS, PAUSES_MS } from "../../../market/messages/deliveries.ts";
import type { Messages } from "../../../market/messages/messages.ts";
import type { CopyAnswer } from "../../../market/relay_copies.ts";
import { deliveryLook } from "../../../home/message_deliveries.ts";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import { openWorld } from "../../store/given.ts";

const [OWN, READER] = ["a".repeat(64), "b".repeat(64)];
const [ONE, TWO] = ["wss://one.example", "wss://two.example"];
const START_MS = 1_700_000_000_000;
const MESSAGE = { to: READER, text: "hi", subject: null, replyTo: null, copy: false };

type State = CopyAnswer["state"];
type Reaction = State | readonly [State, string];

/** A home whose reader reads at `others`. `reacts`: how each relay answers. */
async function home(others: readonly string[] = [ONE]) {
  const world = await openWorld();
  const { store } = world;
  const at = {
    nowMs: START_MS,
    reacts: {} as Record<string, Reaction>,
    written: [] as string[],
    /** Called before a relay answers. */
    during: () => Promise.resolve(),
  };
  let wraps = 0;
  const messages: Messages = homeMessages({
    pubkey: OWN,
    relayUrl: "wss://own.example",
    reads: ["wss://own.example"],
    payTo: { ilpAddress: "", pubkey: "" },
    eventBytes: 65_536,
  }, {
    signer: {
      wrap: () => Promise.resolve({ id: `wrap ${++wraps}`, kind: 1_059 } as unknown as NostrEvent),
      openWrap: () => Promise.reject(new Error("nothing is opened here")),
    },
    store,
    relayReader: {
      wraps: () => Promise.resolve({ wraps: [], partial: false }),
      messageRelays: () => Promise.resolve({ kind: 10_050, named: others, own: false, others }),
    },
    relayCopies: {
      async write(urls, [event]) {
        await at.during();
        return urls.map((relayUrl) => {
          const { id } = JSON.parse(new TextDecoder().decode(event));
          at.written.push(`${id} ${relayUrl.slice(6, 9)}`);
          const told = at.reacts[relayUrl] ?? "offline";
          const [state, reason] = typeof told === "string" ? [told, "away"] : told;
          return { relayUrl, state, reason: state === "accepted" ? null : reason };
        });
      },
    },
    timers: { now: () => at.nowMs, after: () => () => {} },
  });
  const look = deliveryLook({
    store,
    messages: () => messages,
    clock: () => at.nowMs,
    log: (_level, message) => assert.fail(message),
  });
  return {
    at,
    store,
    look,
    send: () => messages.run({ op: "send", message: MESSAGE }),
    kept: async () =>
      (await store.undelivered(null, 300)).map(({ relayUrl, state, tries, reason, event }) =>
        `${relayUrl.slice(6, 9)} ${state} ${tries} ${reason} ${event.length > 0}`
      ),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

Deno.test("message send keeps the same wrap for a relay that is away, until the relay has it", async () => {
  await using made = await home();
  const { at } = made;
  const { state, relays } = await made.send();
  assert.equal(state, "queued");
  assert.deepEqual(relays, [{ relayUrl: ONE, state: "offline", reason: "away" }]);
  assert.deepEqual(await made.kept(), ["one waiting 1 away true"]);
  at.nowMs += PAUSES_MS[0] - 1;
  await made.look();
  assert.equal(at.written.length, 1, "it is not due yet");
  at.nowMs++;
  at.reacts[ONE] = "accepted";
  await made.look();
  assert.deepEqual(at.written, ["wrap 1 one", "wrap 1 one"]);
  assert.deepEqual(await made.kept(), []);
  at.nowMs += MOST_AGE_MS;
  await made.look();
  assert.equal(at.written.length, 2);
});

Deno.test("a message is kept before its first try, so the next process tries it", async () => {
  await using made = await home();
  const { at } = made;
  const during = Promise.withResolvers<string[]>();
  at.during = async () => during.resolve(await made.kept());
  at.reacts[ONE] = "accepted";
  assert.equal((await made.send()).state, "sent");
  assert.deepEqual(await during.promise, ["one waiting 0 null true"]);
  assert.deepEqual(await made.kept(), []);
});

Deno.test("a message is tried seven times with growing pauses, and then given up without its text", async () => {
  await using made = await home();
  const { at } = made;
  await made.send();
  for (const pauseMs of PAUSES_MS) {
    at.nowMs += pauseMs;
    await made.look();
  }
  assert.equal(at.written.length, PAUSES_MS.length + 1);
  assert.deepEqual(await made.kept(), ["one given_up 7 away false"]);
  assert.ok(at.nowMs - START_MS < MOST_AGE_MS);
  // What was given up is forgotten with a later message, after 30 days.
  at.nowMs += 31 * 86_400_000;
  at.reacts[ONE] = "accepted";
  await made.send();
  assert.deepEqual(await made.kept(), []);
});

Deno.test("a message that nothing tried for two days is given up without another try", async () => {
  await using made = await home();
  await made.send();
  made.at.nowMs += MOST_AGE_MS + 1;
  await made.look();
  assert.equal(made.at.written.length, 1);
  assert.deepEqual(await made.kept(), ["one given_up 1 away false"]);
});

Deno.test("a refusal is final unless it may pass; one relay that has the message is enough to call it sent", async () => {
  await using made = await home([ONE, TWO]);
  const { at } = made;
  at.reacts = { [ONE]: "accepted", [TWO]: ["refused", "rate-limited: slow down"] };
  assert.equal((await made.send()).state, "sent");
  assert.deepEqual(await made.kept(), ["two waiting 1 rate-limited: slow down true"]);
  at.nowMs += PAUSES_MS[0];
  at.reacts[TWO] = ["refused", "blocked: you"];
  await made.look();
  assert.deepEqual(await made.kept(), ["two given_up 2 blocked: you false"]);
});

Deno.test("message send fails, and keeps nothing, if every relay refuses for good", async () => {
  await using made = await home();
  made.at.reacts[ONE] = ["refused", "auth-required: who"];
  await assert.rejects(made.send(), { code: "other_relays" });
  assert.deepEqual(await made.kept(), []);
});

Deno.test("a home without a daemon tries again with its next message", async () => {
  await using made = await home();
  const { at } = made;
  await made.send();
  at.nowMs += PAUSES_MS[0];
  at.reacts[ONE] = "accepted";
  await made.send();
  assert.deepEqual(at.written, ["wrap 1 one", "wrap 2 one", "wrap 1 one"]);
  assert.deepEqual(await made.kept(), []);
});

Deno.test("the store keeps 256 messages that wait, and gives up further ones", async () => {
  await using world = await openWorld();
  const { store } = world;
  const row = {
    relayUrl: ONE,
    reader: READER,
    event: new Uint8Array([1]),
    state: "waiting",
    tries: 1,
    reason: null,
    nextAtMs: 5,
    atMs: 5,
  } as const;
  const put = (n: number) =>
    store.commit([{ op: "putUndelivered", row: { ...row, messageId: String(n) } }]);
  for (let n = 0; n < 258; n++) await put(n);
  const givenUp = async () =>
    (await store.undelivered(null, 300)).filter(({ state }) => state === "given_up")
      .map(({ messageId, reason, event }) => [messageId, reason, event.length]);
  const full = "too many messages wait";
  assert.deepEqual(await givenUp(), [["256", full, 0], ["257", full, 0]]);
  // One that waits already keeps its place.
  await put(3);
  assert.equal((await givenUp()).length, 2);
  assert.equal((await store.undelivered(4, 300)).length, 0);
  assert.equal((await store.undelivered(5, 8)).length, 8);
});

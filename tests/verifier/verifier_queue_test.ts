import assert from "node:assert/strict";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { packSignatures, signatureBatch } from "../../protocols/nostr/signature_batch.ts";
import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
import type { Verdict } from "../../protocols/nostr/verifier.ts";
import {
  VerifierQueue,
  type VerifierQueueOptions,
  type Work,
} from "../../verifier/verifier_queue.ts";

const key = new Uint8Array(32).fill(7);
const pubkey = publicKeyOf(key);
const check = signatureBatch();

const EVENTS = Array.from({ length: 200 }, (_, at): NostrEvent => {
  const unsigned = { kind: 1, created_at: at, tags: [], content: `gm ${at}`, pubkey };
  const event = signEvent(unsigned, key, new Uint8Array(32));
  return at % 7 === 3 ? { ...event, sig: "1".repeat(128) } : event;
});
const EXPECTED = EVENTS.map((_, at): Verdict => at % 7 === 3 ? "bad_signature" : "ok");

const WRONG = EXPECTED.filter((verdict) => verdict !== "ok").length;

function queueOf(options: VerifierQueueOptions = {}): VerifierQueue {
  return new VerifierQueue(check, { remember: 0, ...options });
}

/** Works for the queue on this thread, as a helper does in its own; returns how many signatures it checked. */
async function help(
  queue: VerifierQueue,
  helper: number,
  first = queue.work(helper, null),
): Promise<number> {
  let signatures = 0;
  let work: Work | null = await first;
  while (work !== null) {
    const good = check(work.bytes);
    signatures += good.length;
    work = await queue.work(helper, { batch: work.batch, good });
  }
  return signatures;
}

Deno.test("verifierQueue() checks alone while it has no helper, and gives each verdict in its place", async () => {
  const alone = queueOf();
  assert.deepEqual(await alone.verify(EVENTS), EXPECTED);
  assert.deepEqual(await alone.verify([{ ...EVENTS[0], content: "gn" }]), ["bad_id"]);
  assert.deepEqual(alone.status(), {
    helpers: 0,
    waiting: 0,
    checkedHere: EVENTS.length,
    checkedByHelpers: 0,
  });
});

Deno.test("verifierQueue() checks packed signatures, alone and with a helper, and remembers valid ones", async () => {
  const wanted = EXPECTED.map((verdict) => verdict === "ok" ? 1 : 0);
  const alone = queueOf({ remember: 1_000 });
  assert.deepEqual([...await alone.verifySignatures(packSignatures(EVENTS))], wanted);
  assert.equal(alone.status().waiting, 0);
  // Only the wrong ones are checked again, whole events with the same signatures included.
  const [good, wrong] = [EVENTS.length - WRONG, WRONG];
  assert.deepEqual([...await alone.verifySignatures(packSignatures(EVENTS))], wanted);
  assert.deepEqual(await alone.verify(EVENTS), EXPECTED);
  assert.equal(alone.status().checkedHere, good + 3 * wrong);
  assert.equal((await alone.verifySignatures(new Uint8Array(0))).length, 0);
  const helped = queueOf({ maxHelpers: 1 });
  const more = helped.wish();
  const checked = helped.verifySignatures(packSignatures(EVENTS));
  await more;
  void help(helped, 0);
  assert.deepEqual([...await checked], wanted);
  assert.ok(helped.status().checkedByHelpers > 0, "the helper had a share");
});

Deno.test("verifierQueue() does not take a remembered signature for that of another key", async () => {
  const stranger = publicKeyOf(new Uint8Array(32).fill(8));
  const [own, forged] = [EVENTS[0], { ...EVENTS[0], pubkey: stranger }];
  const queue = queueOf({ remember: 1_000 });
  assert.deepEqual([...await queue.verifySignatures(packSignatures([own]))], [1]);
  assert.deepEqual([...await queue.verifySignatures(packSignatures([forged]))], [0]);
  assert.deepEqual([...await queue.verifySignatures(packSignatures([own, forged]))], [1, 0]);
  // The other order: a signature by the stranger over the id of somebody's event.
  const theirs = {
    ...own,
    sig:
      signEvent({ ...own, pubkey: stranger }, new Uint8Array(32).fill(8), new Uint8Array(32)).sig,
  };
  await queue.verifySignatures(packSignatures([{ ...theirs, pubkey: stranger }]));
  assert.deepEqual(await queue.verify([theirs]), ["bad_signature"]);
});

Deno.test("verifierQueue() refuses signatures of another form, and more of them than may wait", async () => {
  const small = queueOf({ maxWaiting: 2 });
  const shape = { name: "RangeError" };
  await assert.rejects(small.verifySignatures(new Uint8Array(129)), shape);
  await assert.rejects(small.verifySignatures("1" as unknown as Uint8Array), shape);
  await assert.rejects(small.verifySignatures(packSignatures(EVENTS.slice(0, 3))), {
    code: "busy",
  });
  assert.deepEqual([...await small.verifySignatures(packSignatures(EVENTS.slice(0, 2)))], [1, 1]);
});

Deno.test("verifierQueue() asks for a helper when much waits, shares work with it, and ends it when it is idle", async () => {
  const one = queueOf({ maxHelpers: 1, idleMs: 1 });
  // In a worker, its ports keep it alive; here only this timer does.
  const alive = setInterval(() => {}, 1_000);
  const more = one.wish();
  const verdicts = one.verify(EVENTS);
  assert.deepEqual(await more, { change: "more", helper: 0 });
  const less = one.wish();
  const helping = help(one, 0);
  assert.deepEqual(await verdicts, EXPECTED);
  assert.deepEqual(await less, { change: "less", helper: 0 });
  clearInterval(alive);
  const signatures = await helping;
  assert.ok(signatures > 0, "the helper had a share");
  const { checkedHere, checkedByHelpers } = one.status();
  assert.equal(checkedByHelpers, signatures);
  assert.equal(checkedHere + checkedByHelpers, EVENTS.length);
  const again = one.wish();
  await one.verify(EVENTS);
  assert.deepEqual(await again, { change: "more", helper: 0 });
});

Deno.test("verifierQueue() asks for no helper when little waits, and for no more than its limit", async () => {
  const one = queueOf({ maxHelpers: 1 });
  const wishes: unknown[] = [];
  for (let at = 0; at < 2; at++) void one.wish().then((wish) => wishes.push(wish));
  for (let at = 0; at < 20; at++) await one.verify(EVENTS.slice(0, 20));
  assert.equal(wishes.length, 0);
  await Promise.all([one.verify(EVENTS), one.verify(EVENTS)]);
  assert.deepEqual(wishes, [{ change: "more", helper: 0 }]);
  const none = queueOf();
  void none.wish().then((wish) => wishes.push(wish));
  await none.verify(EVENTS);
  assert.equal(wishes.length, 1);
});

for (
  const [name, answer] of [
    ["too few verdicts", new Uint8Array(1).fill(1)],
    ["what is no list", "1".repeat(64)],
    ["nothing", undefined],
  ] as const
) {
  Deno.test(`verifierQueue() checks itself what a helper answers with ${name}`, async () => {
    const one = queueOf({ maxHelpers: 1 });
    const more = one.wish();
    const verdicts = one.verify(EVENTS);
    await more;
    const first = await one.work(0, null);
    assert.ok(first !== null);
    const wrong = one.work(0, { batch: first.batch, good: answer as Uint8Array });
    assert.equal(one.status().checkedByHelpers, 0);
    // The same verdict again, and a batch that was never given: both are ignored.
    const all = new Uint8Array(first.bytes.length / 128).fill(1);
    void help(one, 0, wrong);
    for (const batch of [first.batch, 99]) void help(one, 0, one.work(0, { batch, good: all }));
    assert.deepEqual(await verdicts, EXPECTED);
  });
}

Deno.test("verifierQueue() accepts only the verdict 1 as good", async () => {
  const one = queueOf({ maxHelpers: 1 });
  const more = one.wish();
  const verdicts = one.verify(EVENTS);
  await more;
  const helping = (async () => {
    let work: Work | null = await one.work(0, null);
    while (work !== null) {
      const good = new Uint8Array(work.bytes.length / 128).fill(2);
      work = await one.work(0, { batch: work.batch, good });
    }
  })();
  void helping;
  const found = await verdicts;
  const { checkedByHelpers } = one.status();
  assert.ok(checkedByHelpers > 0);
  const bad = found.filter((verdict) => verdict === "bad_signature").length;
  assert.ok(bad >= checkedByHelpers);
});

Deno.test("verifierQueue() refuses what is too much at once, and then takes more", async () => {
  const small = queueOf({ maxWaiting: 10 });
  await assert.rejects(small.verify(EVENTS), { code: "busy" });
  assert.deepEqual(await small.verify(EVENTS.slice(0, 10)), EXPECTED.slice(0, 10));
});

Deno.test("verifierQueue() ends a helper that it did not ask for", async () => {
  assert.equal(await queueOf().work(0, null), null);
  assert.equal(await queueOf({ maxHelpers: 2 }).work(-1, null), null);
});

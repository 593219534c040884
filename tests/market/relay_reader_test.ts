import assert from "node:assert/strict";
import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
import { parseReason } from "../../protocols/nostr/reason.ts";
import { relayReader } from "../../market/relay_reader.ts";
import type { QueryResult } from "../../peers/relay/relay_session.ts";

const KEY = new Uint8Array(32).fill(3);
const EVENT = signEvent(
  { kind: 1, pubkey: publicKeyOf(KEY), created_at: 1, tags: [], content: "x" },
  KEY,
  new Uint8Array(32),
);
const DOCUMENT = new TextEncoder().encode(JSON.stringify(EVENT));
const url = "ws://127.0.0.1:1/";

/** A reader over a session whose relay gives the same answer to every EVENT and every REQ. */
function reader(ok: readonly [boolean, string], query?: QueryResult) {
  return relayReader({
    url,
    publish: ({ id }) => {
      const { prefix, message } = parseReason(ok[1]);
      const outcome = prefix === "duplicate" ? "duplicate" : ok[0] ? "accepted" : "refused";
      return Promise.resolve({ eventId: id, outcome, prefix, message });
    },
    query: () => Promise.resolve(query ?? { documents: [], ended: "eose", reason: null }),
  }, { sleep: () => Promise.resolve() });
}

for (
  const { words, ok = false, code } of [
    { words: "", ok: true },
    { words: "duplicate: have it", ok: true },
    { words: "duplicate: have it" },
    { words: "blocked: you", code: "refused" },
    { words: "restricted: writes require ILP payment", code: "refused" },
    { words: "no", code: "refused" },
    { words: "", code: "refused" },
    { words: "rate-limited: slow down", code: "not_now" },
    { words: "error: disk full", code: "not_now" },
  ]
) {
  Deno.test(`publish() of an event answered OK ${ok} "${words}" is ${code ?? "done"}`, async () => {
    const published = reader([ok, words]).publish(DOCUMENT);
    if (code === undefined) return await published;
    const said = words || "it gave no reason";
    await assert.rejects(published, { code, message: `relay ${url} refused the event: ${said}` });
  });
}

for (
  const { ended, code } of [
    { ended: "closed", code: "denied" },
    { ended: "timeout", code: "offline" },
    { ended: "aborted", code: "offline" },
  ] as const
) {
  Deno.test(`announcements() of a question that ended as ${ended} is ${code}`, async () => {
    const asked = reader([true, ""], { documents: [], ended, reason: "auth-required: who" });
    await assert.rejects(asked.announcements([5600]), { code });
    await assert.rejects(asked.reach(), { code });
  });
}

Deno.test("announcements() of a relay that gives 20 at once are all there", async () => {
  const all = Array.from({ length: 70 }, (_, n) => {
    const key = new Uint8Array(32).fill(n + 1);
    const tags = [["d", "crosstown"], ["k", "5600"], ["price", "5600", "0", "0", "units"]];
    const template = { kind: 31_990, created_at: 1_000 + n, tags, content: "" };
    return signEvent({ ...template, pubkey: publicKeyOf(key) }, key, new Uint8Array(32));
  });
  const small = relayReader({
    url,
    publish: () => Promise.reject(new Error("not asked")),
    query: ([{ until = Infinity }]) => {
      const page = all.filter(({ created_at }) => created_at <= until).slice(-20);
      const documents = page.map((event) => ({
        type: "document" as const,
        bytes: new TextEncoder().encode(JSON.stringify(event)),
        encoding: "json" as const,
        createdAtS: event.created_at,
        stored: true,
      }));
      return Promise.resolve({ documents, ended: "eose" as const, reason: null });
    },
  }, { sleep: () => Promise.resolve() });
  assert.equal((await small.announcements([5600])).length, 70);
});

Deno.test("readBack() of many events at once shares questions, and asks separately for an event that was not shown", async () => {
  const all = Array.from(
    { length: 25 },
    (_, n) =>
      signEvent(
        { kind: 1, pubkey: publicKeyOf(KEY), created_at: n, tags: [], content: "x" },
        KEY,
        new Uint8Array(32),
      ),
  );
  const asked: number[] = [];
  const many = relayReader({
    url,
    publish: () => Promise.reject(new Error("not asked")),
    query([{ ids = [] }]) {
      asked.push(ids.length);
      // The relay gives at most four events at once, and does not have the last one.
      const has = all.slice(0, -1).filter(({ id }) => ids.includes(id)).slice(0, 4);
      const documents = has.map((event) => ({
        type: "document" as const,
        createdAtS: 1,
        stored: true,
        bytes: new TextEncoder().encode(JSON.stringify(event)),
        encoding: "json" as const,
      }));
      return Promise.resolve({ documents, ended: "eose", reason: null });
    },
  }, { sleep: () => Promise.resolve() });
  const said = await Promise.all(all.map(({ id }) => many.readBack(id)));
  assert.deepEqual(said, [...all.slice(1).map(() => "shown"), "hidden"]);
  assert.deepEqual(asked.filter((count) => count > 1), [10, 10, 4]);
  assert.equal(asked[0], 1);
});

Deno.test("readBack() believes no event with a wrong signature or another id", async () => {
  const documentOf = (event: object) => ({
    documents: [{
      type: "document" as const,
      bytes: new TextEncoder().encode(JSON.stringify(event)),
      encoding: "json" as const,
      createdAtS: 1,
      stored: true,
    }],
    ended: "eose" as const,
    reason: null,
  });
  assert.equal(await reader([true, ""], documentOf(EVENT)).readBack(EVENT.id), "shown");
  const forged = { ...EVENT, sig: EVENT.sig.replace(/^./, (c) => c === "0" ? "1" : "0") };
  assert.equal(await reader([true, ""], documentOf(forged)).readBack(EVENT.id), "hidden");
  assert.equal(await reader([true, ""], documentOf(EVENT)).readBack("0".repeat(64)), "hidden");
});

Deno.test("a reader has at most 8 questions open at once, and asks once for the same announcements", async () => {
  const open: (() => void)[] = [];
  let questions = 0;
  const busy = relayReader({
    url,
    publish: () => Promise.reject(new Error("not asked")),
    query: async () => {
      questions++;
      await new Promise<void>((resolve) => open.push(resolve));
      return { documents: [], ended: "eose", reason: null };
    },
  }, { sleep: () => Promise.resolve() });
  const same = [1, 2, 3].map(() => busy.announcements([5600]));
  const others = Array.from({ length: 20 }, (_, at) => busy.announcements([5000 + at]));
  for (let answered = 0; answered < 21; answered++) {
    while (open.length <= answered) await Promise.resolve();
    assert.ok(questions - answered <= 8, `${questions - answered} are open`);
    open[answered]();
  }
  assert.deepEqual(await Promise.all([...same, ...others]), Array(23).fill([]));
  assert.equal(questions, 21);
  assert.deepEqual(
    await (async () => {
      const again = busy.announcements([5600]);
      while (open.length < 22) await Promise.resolve();
      open[21]();
      return await again;
    })(),
    [],
  );
});

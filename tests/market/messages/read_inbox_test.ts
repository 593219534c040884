/** Private messages of gift wraps, of which strangers may send as many as they like. */
import assert from "node:assert/strict";
import { MOST_OF_AUTHOR, readInbox } from "../../../market/messages/read_inbox.ts";
import { hourlyCount } from "../../../market/messages/hourly_count.ts";
import type { Signer } from "../../../money/signer/signer.ts";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import { SignerError } from "../../../money/signer/signer_error.ts";

const NOW_S = 1_770_000_000;
type Opened = Awaited<ReturnType<Signer["openWrap"]>>;

/** A message that the signer opens the wrap to. */
const message = (at: number, more: Partial<Opened> = {}): Opened => ({
  id: at.toString(16).padStart(64, "0") as Opened["id"],
  pubkey: "a".repeat(64) as Opened["pubkey"],
  created_at: NOW_S - 1_000 + at,
  kind: 14,
  tags: [["p", "b".repeat(64)]],
  content: `text ${at}`,
  ...more,
});

/** Opens each wrap to its message; a wrap with null is not for this key. */
async function inbox(messages: readonly (Opened | null)[], limit = 500, sinceS = 0) {
  let turns = 0;
  const signer = {
    openWrap(wrap: NostrEvent) {
      const found = messages[Number(wrap.content)];
      return found === null
        ? Promise.reject(new SignerError("bad_field", "not for this key"))
        : Promise.resolve(found);
    },
  };
  const wraps = messages.map((_, at) => ({ content: String(at) }) as NostrEvent);
  const found = await readInbox(wraps, signer, {
    sinceS,
    limit,
    nowS: NOW_S,
    turn: () => {
      turns++;
      return Promise.resolve();
    },
  });
  assert.equal(turns, messages.length, "each opening waits for its turn");
  return found;
}

Deno.test("readInbox() gives messages in order, each once, and skips what is none", async () => {
  const { messages, leftOut } = await inbox([
    message(3),
    null,
    message(1),
    message(3),
    message(2, { kind: 1 }),
    message(4, { created_at: NOW_S + 901 }),
    message(5, { tags: [["p", "x"], ["subject", "s"], ["e", "y"]] }),
  ]);
  assert.deepEqual(messages.map(({ text }) => text), ["text 1", "text 3", "text 5"]);
  assert.deepEqual([messages[2].to, messages[2].subject, messages[2].replyTo], [[], "s", null]);
  assert.equal(leftOut, 0);
});

Deno.test("readInbox() leaves room for others beside an author that floods, and counts what it left out", async () => {
  const flood = Array.from({ length: 200 }, (_, at) => message(at + 10));
  const other = message(1, { pubkey: "c".repeat(64) as Opened["pubkey"] });
  const all = await inbox([...flood, other]);
  assert.equal(all.messages.length, MOST_OF_AUTHOR + 1);
  assert.deepEqual([all.messages[0].text, all.messages.at(-1)?.text], ["text 1", "text 209"]);
  assert.equal(all.leftOut, 200 - MOST_OF_AUTHOR);
  const few = await inbox([...flood, other], 2);
  assert.deepEqual(few.messages.map(({ text }) => text), ["text 208", "text 209"]);
  const late = await inbox([message(1), message(2)], 10, NOW_S - 998);
  assert.deepEqual(late.messages.map(({ text }) => text), ["text 2"]);
});

Deno.test("hourlyCount() counts in the store, refuses beyond its limit, and begins again after an hour", async () => {
  const cursors = new Map<string, string>();
  const store = { cursor: (name: string) => Promise.resolve(cursors.get(name) ?? null) };
  const count = hourlyCount(store, "sent", 3);
  const next = async (nowMs: number) => {
    const change = await count.next(nowMs);
    assert.equal(change.op, "setCursor");
    if (change.op === "setCursor") cursors.set(change.name, change.value);
  };
  const startMs = NOW_S * 1_000;
  for (const at of [0, 1, 2]) await next(startMs + at);
  await assert.rejects(next(startMs + 3), { code: "too_many" });
  await assert.rejects(next(startMs - 86_400_000), { code: "too_many" });
  await assert.rejects(next(startMs + 3_599_999), { code: "too_many" });
  await next(startMs + 3_600_000);
  assert.equal(cursors.get("sent"), `${startMs + 3_600_000} 1`);
});

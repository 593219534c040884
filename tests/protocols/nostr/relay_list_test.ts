import assert from "node:assert/strict";
import { parseRelayList, relayListTemplate } from "../../../protocols/nostr/relay_list.ts";

const list = (tags: string[][]) => parseRelayList({ kind: 10002, tags });

Deno.test("parseRelayList() reads NIP-65's own example", () => {
  assert.deepEqual(
    list([
      ["r", "wss://alicerelay.example.com"],
      ["r", "wss://brando-relay.com"],
      ["r", "wss://expensive-relay.example2.com", "write"],
      ["r", "wss://nostr-relay.example.com", "read"],
    ]),
    {
      write: [
        "wss://alicerelay.example.com",
        "wss://brando-relay.com",
        "wss://expensive-relay.example2.com",
      ],
      read: [
        "wss://alicerelay.example.com",
        "wss://brando-relay.com",
        "wss://nostr-relay.example.com",
      ],
    },
  );
});

for (
  const { name, tag } of [
    { name: "of another scheme", tag: ["r", "https://a.example"] },
    { name: "that is no address", tag: ["r", "wss://"] },
    { name: "without a value", tag: ["r"] },
    { name: "with a control character", tag: ["r", "wss://a.example/\u001b[31m"] },
    { name: "that is too long", tag: ["r", `wss://a.example/${"x".repeat(256)}`] },
    { name: "under another name", tag: ["relay", "wss://a.example"] },
    { name: "with a marker that nobody knows", tag: ["r", "wss://a.example", "both"] },
  ]
) {
  Deno.test(`parseRelayList() skips a tag ${name}`, () => {
    assert.deepEqual(list([tag, ["r", "wss://b.example", "read"]]), {
      write: [],
      read: ["wss://b.example"],
    });
  });
}

Deno.test("parseRelayList() takes each address once and 16 of a kind, and nothing of another kind", () => {
  const many = Array.from({ length: 500 }, (_, n) => ["r", `wss://r${n}.example`]);
  const { read, write } = list([["r", "wss://r0.example", "read"], ...many])!;
  assert.deepEqual([read.length, write.length], [16, 16]);
  assert.equal(new Set(read).size, 16);
  assert.equal(parseRelayList({ kind: 1, tags: many }), null);
});

Deno.test("relayListTemplate() marks what is only read or only written", () => {
  const written = { write: ["wss://a", "wss://c"], read: ["wss://a", "wss://b"] };
  const { tags, kind, content, created_at } = relayListTemplate(written, 7);
  assert.deepEqual({ kind, content, created_at }, { kind: 10002, content: "", created_at: 7 });
  assert.deepEqual(tags, [["r", "wss://a"], ["r", "wss://c", "write"], ["r", "wss://b", "read"]]);
});

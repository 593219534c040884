import assert from "node:assert/strict";
import { ChannelBook } from "../../../money/channels/channel_book.ts";
import type { ChannelRow } from "../../../store/store.ts";
import { chainChannel } from "../../store/store_rows.ts";

const id = (start: string) => `0x${start.padEnd(64, "0")}`;

function bookOf(...rows: readonly Partial<ChannelRow>[]): ChannelBook {
  const book = new ChannelBook({
    commit: () => Promise.reject(new Error("nothing is written here")),
    chainChannel: () => Promise.reject(new Error("nothing is read here")),
  });
  book.load(rows.map((row) => chainChannel(row)));
  return book;
}

const book = bookOf(
  { ref: id("a1"), channelId: id("c1234"), status: "open" },
  { ref: id("a2"), channelId: id("c1239"), status: "open" },
  { ref: id("a3333"), channelId: null, status: "opening" },
  { ref: id("a4"), channelId: id("dead1"), status: "void" },
);

const found = [
  { name: "ch_c1234", ref: id("a1") },
  { name: "c1239", ref: id("a2") },
  { name: id("c1234").toUpperCase().replace("0X", "0x"), ref: id("a1") },
  { name: "ch_a3333", ref: id("a3333") },
];

for (const { name, ref } of found) {
  Deno.test(`ChannelBook.find() finds ${name.slice(0, 12)} by its digits`, () => {
    assert.equal(book.find(name).ref, ref);
  });
}

const long = "x".repeat(100);
const refused = [
  { name: "ch_ffff", says: "There is no channel ch_ffff" },
  { name: "c12", says: "There is no channel c12" },
  { name: "ch_dead1", says: "There is no channel ch_dead1" },
  { name: long, says: `There is no channel ${"x".repeat(70)}` },
  { name: "ch_c123", says: "ch_c123 fits 2 channels: give more digits" },
];

for (const { name, says } of refused) {
  Deno.test(`ChannelBook.find() refuses ${name.slice(0, 12)}: ${says.slice(0, 40)}`, () => {
    assert.throws(() => book.find(name), { code: "unknown", message: says });
  });
}

Deno.test("ChannelBook has a channel by its id in any case of letters, by its ref and by its peer", () => {
  assert.equal(book.byId(id("c1234"))?.ref, id("a1"));
  assert.equal(book.byId(id("c1234").toUpperCase())?.ref, id("a1"));
  assert.equal(book.byId(id("c1")), null);
  assert.equal(book.get(id("a3333")).channelId, null);
  assert.throws(() => book.get(id("a9")), { code: "unknown" });
  const own = bookOf({ ref: id("1"), peerAddress: "0xb" }, { ref: id("2"), peerAddress: "0xc" });
  assert.deepEqual(own.with("0xc").map(({ ref }) => ref), [id("2")]);
});

Deno.test("ChannelBook remembers a void channel by its id alone", () => {
  assert.equal(book.isGone(id("dead1")), true);
  assert.equal(book.isGone(id("c1234")), false);
  assert.equal(book.byId(id("dead1")), null);
  assert.equal(book.rows.length, 3);
});

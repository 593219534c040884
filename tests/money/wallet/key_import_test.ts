import assert from "node:assert/strict";
import { exportedLine, importKey } from "../../../money/wallet/key_import.ts";
import { strengthHint } from "../../../money/wallet/passphrase.ts";

const hex = "67dea2ed018072d675f5415ecfaed7d2597555e202d85b3d65ea4e58d2d92ffa";
/** The published vectors of NIP-06 and NIP-19. */
const leader = "leader monkey parrot ring guide accident before fence cannon height naive bean";
const what =
  "what bleak badge arrange retreat wolf trade produce cricket blur garlic valid proud rude strong choose busy staff weather area salt hollow arm fade";
const good = [
  { name: "hex", text: hex, form: "hex", key: hex },
  { name: "hex with 0x and line ends", text: `0x${hex.toUpperCase()}\r\n`, form: "hex", key: hex },
  {
    name: "the nsec of NIP-19",
    text: "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5",
    form: "nsec",
    key: hex,
  },
  {
    name: "the first mnemonic of NIP-06",
    text: leader,
    form: "mnemonic",
    key: "7f7ff03d123792d6ac594bfa67bf6d0c0ab55b6b1fdb6249303fe861f1ccba9a",
  },
  {
    name: "the second mnemonic of NIP-06, in capitals over two lines",
    text: what.toUpperCase().replace(" blur ", "\n blur  "),
    form: "mnemonic",
    key: "c15d739894c81a2fcfd3a2df85a0d2c0dbc47a280d092799f144d73d7ae78add",
  },
];
for (const { name, text, form, key } of good) {
  Deno.test(`importKey() reads ${name}`, () => {
    const read = importKey(text);
    assert.deepEqual([read.form, read.key.toHex()], [form, key]);
  });
}

Deno.test("importKey() reads the two keys of exportedLine(), also where a line ends between them", () => {
  const nsec = "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5";
  const line = exportedLine(nsec, new Uint8Array(32).fill(7));
  for (const text of [line, `${line.replace(" ", "\n")}\n`]) {
    const { key, paymentKey, form } = importKey(text);
    assert.deepEqual(
      [form, key.toHex(), paymentKey?.toHex()],
      ["export", hex, "07".repeat(32)],
    );
  }
  assert.equal(importKey(exportedLine(nsec, null)).paymentKey, null);
  assert.throws(() => importKey(line.slice(0, -1)), /words/);
});

Deno.test("importKey() reads another account of a mnemonic", () => {
  assert.notEqual(importKey(leader, 1).key.toHex(), importKey(leader).key.toHex());
});

const bad = [
  { name: "nothing", text: "", words: /64 hex digits, an nsec, or a mnemonic/ },
  { name: "63 digits", text: hex.slice(1), words: /64 hex digits/ },
  { name: "a public key in bech32", text: "npub1vl029mgpspedva04g90", words: /64 hex digits/ },
  {
    name: "an nsec with one character changed",
    text: "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe6",
    words: /nsec has a wrong checksum/,
  },
  { name: "eleven words", text: leader.replace(" bean", ""), words: /12, 15, 18, 21 or 24 words/ },
  {
    name: "a word that is not on the list",
    text: leader.replace("parrot", "parot"),
    words: /word 3 of the mnemonic is not on the list/,
  },
  {
    name: "two words that changed places",
    text: leader.replace("leader monkey", "monkey leader"),
    words: /mnemonic has a wrong checksum/,
  },
  { name: "an account below zero", text: leader, index: -1, words: /account index must be/ },
];
for (const { name, text, index, words } of bad) {
  Deno.test(`importKey() refuses ${name}, and repeats nothing of it`, () => {
    assert.throws(() => importKey(text, index), (error: Error & { code?: string }) => {
      assert.equal(error.code, "bad_key");
      assert.match(error.message, words);
      const shown = Deno.inspect(error, { depth: 10, showHidden: true });
      for (const part of text.split(/\s+/).filter((part) => part.length > 5)) {
        assert.ok(!shown.split("\n    at ")[0].includes(part), part);
      }
      return true;
    });
  });
}

for (
  const [passphrase, hint] of [
    ["correct horse battery staple", null],
    ["Tr0ub4dor&3x!", null],
    ["abababababab", /repeats/],
    ["849301837465", /digits/],
    ["abcdefghijklm", /follow/],
    ["qkzjvwpmxtrn", /small letters/],
  ] as const
) {
  Deno.test(`strengthHint() of ${passphrase}`, () => {
    if (hint === null) assert.equal(strengthHint(passphrase), null);
    else assert.match(strengthHint(passphrase)!, hint);
  });
}

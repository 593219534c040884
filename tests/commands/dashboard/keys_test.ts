import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { emitKeypressEvents } from "node:readline";
import fc from "fast-check";
import { keyReader } from "../../../commands/dashboard/keys.ts";

/** A reader whose sequences end when the test says so. */
function reader() {
  const keys: string[] = [];
  let late: (() => void) | null = null;
  const { write } = keyReader((key) => keys.push(key), (then) => {
    late = then;
    return () => late = null;
  });
  return {
    keys,
    write: (text: string) => write(new TextEncoder().encode(text)),
    bytes: write,
    pause: () => late?.(),
  };
}

function keysOf(text: string): string[] {
  const { keys, write, pause } = reader();
  write(text);
  pause();
  return keys;
}

/** The keys that Node's reader finds. */
function nodeKeys(text: string): string[] {
  const keys: string[] = [];
  const input = new PassThrough();
  emitKeypressEvents(input);
  input.on("keypress", (shown, { name, ctrl, sequence }) => {
    if (ctrl && name !== undefined) keys.push(`ctrl+${name}`);
    else keys.push(name !== undefined && name.length > 1 ? name : shown ?? name ?? sequence ?? "");
  });
  input.write(text);
  return keys;
}

const SEQUENCES = [
  ..."[A [B [C [D [E [F [H OA OB OC OD OE OF OH [1~ [2~ [3~ [4~ [5~ [6~ [7~ [8~ [[5~ [[6~ [Z".split(
    " ",
  ),
  ..."[a [b [c [d [e Oa Ob Oc Od Oe [5$ [6$ [7$ [5^ [6^ [1;5A [1;2B [5;5~ [3;2~ [5A O5A [1;6H"
    .split(" "),
];

Deno.test("keyReader() names keys as Node's reader does: sequences of terminals, alone and with Alt, and characters", () => {
  for (const sequence of SEQUENCES) {
    assert.deepEqual(keysOf(`\x1b${sequence}`), nodeKeys(`\x1b${sequence}`), sequence);
    assert.deepEqual(keysOf(`\x1b\x1b${sequence}`), nodeKeys(`\x1b\x1b${sequence}`), sequence);
  }
  const characters = Array.from({ length: 0x7f }, (_, code) => String.fromCharCode(code))
    .filter((character) => character !== "\x1b");
  for (const character of [...characters, "\x7f", "é", "漢", "😀", "Ω"]) {
    assert.deepEqual(keysOf(character), nodeKeys(character), JSON.stringify(character));
    if ("O[".includes(character)) continue;
    const alt = `\x1b${character}`;
    assert.deepEqual(keysOf(alt), nodeKeys(alt), JSON.stringify(alt));
  }
  const text = fc.array(
    fc.oneof(
      fc.constantFrom(...SEQUENCES.map((sequence) => `\x1b${sequence}`)),
      fc.constantFrom("a", "Q", "?", " ", "\r", "\x03", "é", "😀", "\x1bx"),
    ),
    { maxLength: 20 },
  ).map((pieces) => pieces.join(""));
  fc.assert(fc.property(text, (all) => assert.deepEqual(keysOf(all), nodeKeys(all))));
});

Deno.test("keyReader() waits for the rest of a sequence and of a character, and takes Escape alone for a key", () => {
  const at = reader();
  for (const part of ["\x1b", "[", "1;", "5", "A", "x"]) at.write(part);
  assert.deepEqual(at.keys, ["ctrl+up", "x"]);
  const [first, ...others] = new TextEncoder().encode("é");
  at.bytes(new Uint8Array([first]));
  at.bytes(new Uint8Array(others));
  at.write("\x1b");
  assert.deepEqual(at.keys, ["ctrl+up", "x", "é"]);
  at.pause();
  assert.deepEqual(at.keys.slice(3), ["escape"]);
  at.write("\x1b\x1b");
  at.pause();
  at.write("\x1b[12");
  at.pause();
  at.write("q");
  assert.deepEqual(at.keys.slice(4), ["escape", "\x1b[12", "q"]);
});

Deno.test("keyReader() makes no letters of a sequence that it does not know, and holds no endless one", () => {
  for (const sequence of ["[200~", "[<0;12;7M", "[?1;2c", "[1;2;3x", "OP", "[15~", "[[A", "[I"]) {
    assert.deepEqual(keysOf(`\x1b${sequence}x`), [`\x1b${sequence}`, "x"]);
  }
  const at = reader();
  at.write(`\x1b[${"1".repeat(1_000)}`);
  assert.ok(at.keys.length > 1);
});

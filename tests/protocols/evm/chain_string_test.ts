import assert from "node:assert/strict";
import { chainNamed, parseChainName } from "../../../protocols/evm/chain_string.ts";

const cases: readonly [
  text: string,
  expected: readonly [string, string | null, number | null] | null,
][] = [
  ["evm:84532", ["evm", null, 84532]],
  ["evm:base:84532", ["evm", "base", 84532]],
  ["evm:anvil:31337", ["evm", "anvil", 31337]],
  ["evm:base", ["evm", "base", null]],
  ["solana:devnet", ["solana", "devnet", null]],
  ["mina:devnet", ["mina", "devnet", null]],
  ["evm:0", null],
  ["evm:084532", null],
  ["evm:+84532", null],
  ["evm:0x14a34", null],
  ["evm:84532 ", null],
  ["evm:84532:base", null],
  ["evm:base:84532:1", null],
  ["evm:base:", null],
  ["evm::84532", null],
  ["evm:9007199254740993", null],
  ["evm", null],
  ["", null],
  ["EVM:84532", null],
  ["solana:devnet:1", null],
];

for (const [text, expected] of cases) {
  Deno.test(`parseChainName("${text}") is ${expected ?? "no chain"}`, () => {
    const name = parseChainName(text);
    assert.deepEqual(name && [name.family, name.network, name.chainId], expected);
  });
}

Deno.test("chainNamed() finds the evm chain of that id alone, the first", () => {
  const names = ["solana:84532", "evm:1", "evm:base:84532", "evm:84532"];
  assert.equal(chainNamed(names, 84532), "evm:base:84532");
  assert.equal(chainNamed(names, 8453), null);
  assert.equal(chainNamed([], 84532), null);
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { encodePacked, getAddress, keccak256 as viemKeccak } from "viem";
import { asAddress, checksumAddress } from "../../../protocols/evm/address.ts";
import { asChannelId, channelIdOf } from "../../../protocols/evm/channel_id.ts";
import { recoverKeyBinding, signKeyBinding } from "../../../protocols/evm/key_binding.ts";
import { loadSecp256k1 } from "../../../protocols/evm/secp256k1.ts";

const secp = await loadSecp256k1();
const address = fc.uint8Array({ minLength: 20, maxLength: 20 })
  .map((bytes) => `0x${bytes.toHex()}` as `0x${string}`);

Deno.test("checksumAddress() is viem's getAddress(), and asAddress() takes it back", () => {
  fc.assert(fc.property(address, (value) => {
    const checksummed = checksumAddress(asAddress(value));
    assert.equal(checksummed, getAddress(value));
    assert.equal(asAddress(checksummed), value);
  }));
});

Deno.test("asAddress() refuses a wrong checksum, a wrong length and what is not text, and names the field", () => {
  const good = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
  for (
    const bad of [good.replace("F", "f"), good.slice(0, -1), good.slice(2), `${good}\n`, 7, null]
  ) {
    assert.throws(() => asAddress(bad, "peer"), {
      name: "AddressError",
      code: "address",
      message: /^peer /,
    });
  }
});

Deno.test("channelIdOf() is keccak256(abi.encodePacked(low, high, counter)) in either order", () => {
  const acct0 = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
  const acct2 = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
  const known = "0x80f87d10e0436c65b5708cf35c5bf186834f128a67dcfb080bb9072bebeefeef";
  assert.equal(channelIdOf(acct0, acct2, 0), known);
  assert.equal(channelIdOf(acct2, acct0, 0n), known);
  fc.assert(
    fc.property(address, address, fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), (a, b, counter) => {
      const [low, high] = [a, b].sort();
      const theirs = viemKeccak(
        encodePacked(["address", "address", "uint256"], [low, high, counter]),
      );
      assert.equal(channelIdOf(a, b, counter), theirs);
    }),
  );
});

Deno.test("channelIdOf() and asChannelId() refuse invalid values", () => {
  const a = `0x${"11".repeat(20)}`;
  assert.throws(() => channelIdOf(a, "0x", 0), { name: "AddressError" });
  assert.throws(() => channelIdOf(a, a, -1), { name: "HexError" });
  assert.throws(() => asChannelId("0x12"), {
    name: "HexError",
    message: "channelId must be 0x and 64 hex digits (got 2)",
  });
  assert.equal(asChannelId(`0x${"AB".repeat(32)}`), `0x${"ab".repeat(32)}`);
});

Deno.test("signKeyBinding() binds one Nostr key to one payment address", () => {
  const key = new Uint8Array(32).fill(5);
  const pubkey = "ab".repeat(32);
  const signature = signKeyBinding(secp, pubkey, key);
  assert.equal(recoverKeyBinding(secp, pubkey, signature), secp.addressOf(key));
  assert.notEqual(recoverKeyBinding(secp, "cd".repeat(32), signature), secp.addressOf(key));
  assert.throws(() => signKeyBinding(secp, "ab", key), { name: "HexError" });
});

import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { getConversationKey } from "nostr-tools/nip44";
import { getPublicKey } from "nostr-tools/pure";
import {
  conditionOf,
  contentFulfilment,
  dataSha256,
  fulfils,
  sharedFulfilment,
} from "../../../protocols/ilp/condition.ts";

const hex = (bytes: Uint8Array) => bytes.toHex();
const data = new TextEncoder().encode("signed request");

Deno.test("conditionOf() is SHA-256, and fulfils() agrees with it and nothing else", () => {
  const fulfilment = new Uint8Array(32).fill(3);
  const condition = conditionOf(fulfilment);
  assert.equal(hex(condition), createHash("sha256").update(fulfilment).digest("hex"));
  assert.ok(fulfils(fulfilment, condition));
  for (let at = 0; at < 32; at++) {
    const other = fulfilment.slice();
    other[at] ^= 1;
    assert.ok(!fulfils(other, condition));
  }
  assert.ok(!fulfils(fulfilment.subarray(1), condition));
  assert.ok(!fulfils(fulfilment, condition.subarray(1)));
});

Deno.test("sharedFulfilment() is the same for sender and terminal, and another for a hop", () => {
  const sender = new Uint8Array(32).fill(1);
  const terminal = new Uint8Array(32).fill(2);
  const hop = new Uint8Array(32).fill(3);
  const atSender = getConversationKey(sender, getPublicKey(terminal));
  const atTerminal = getConversationKey(terminal, getPublicKey(sender));
  const atHop = getConversationKey(hop, getPublicKey(terminal));
  const fulfilment = sharedFulfilment(atSender, dataSha256(data));
  assert.equal(hex(sharedFulfilment(atTerminal, dataSha256(data))), hex(fulfilment));
  assert.notEqual(hex(sharedFulfilment(atHop, dataSha256(data))), hex(fulfilment));
  assert.equal(
    hex(fulfilment),
    createHmac("sha256", atSender).update(createHash("sha256").update(data).digest()).digest("hex"),
  );
});

Deno.test("contentFulfilment() and its condition are the published ones", () => {
  const event = [
    `id: ${"a".repeat(64)}`,
    `pubkey: ${"b".repeat(64)}`,
    "kind: 1",
    "content: gm",
    "tags[0]:",
    "created_at: 1234567890",
    `sig: ${"c".repeat(128)}`,
  ].join("\n");
  const fulfilment = contentFulfilment(new TextEncoder().encode(event));
  assert.equal(hex(fulfilment), "213d750e9fbdd7f3033da58c69f6bde495a299599d817ebafbdc3e3a8b9805b0");
  assert.equal(
    hex(conditionOf(fulfilment)),
    "2b3d8c0c89a7ea264cac0661a16154ff9846d556ee9e4e84c63b11bb1480c422",
  );
});

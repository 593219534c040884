import assert from "node:assert/strict";
import { encodeErrorResult } from "viem/utils";
import { testTokenAbi } from "../../../contracts/abi.ts";
import { refusedCall, revertReason } from "../../../money/evm/revert_reason.ts";
import { RpcRefusal } from "../../../money/evm/rpc_pool.ts";

const LACKS = encodeErrorResult({
  abi: testTokenAbi,
  errorName: "ERC20InsufficientBalance",
  args: [`0x${"1".repeat(40)}`, 1n, 2n],
});

Deno.test("revertReason() names the errors of our contracts, and calls every other a revert", () => {
  assert.equal(revertReason(LACKS), "ERC20InsufficientBalance");
  assert.equal(revertReason(null), "revert");
  assert.equal(revertReason("0x"), "revert");
  assert.equal(revertReason(LACKS.slice(0, 40)), "revert");
  assert.equal(revertReason("0xdeadbeef"), "revert");
});

Deno.test("refusedCall() tells a contract's refusal by its code, its words or its data from a node's", () => {
  const refused = (code: number, words: string, data: string | null) => {
    const error = refusedCall(new RpcRefusal({ code, words, data }), "open");
    return [error.code, error.reason];
  };
  assert.deepEqual(refused(3, "", null), ["reverted", "revert"]);
  assert.deepEqual(refused(-32_000, "execution Reverted", null), ["reverted", "revert"]);
  assert.deepEqual(refused(-32_000, "", "0xdeadbeef"), ["reverted", "revert"]);
  assert.deepEqual(refused(-32_000, "", LACKS), ["funds", "ERC20InsufficientBalance"]);
  assert.deepEqual(refused(-32_000, "insufficient funds", "0x"), ["funds", null]);
  assert.deepEqual(refused(-32_000, "too many requests", null), ["rpc", null]);
  assert.deepEqual(refused(-32_000, "", "0xdeadbee"), ["rpc", null]);
});

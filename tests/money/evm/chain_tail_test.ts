import assert from "node:assert/strict";
import { ChainTail } from "../../../money/evm/chain_tail.ts";
import { withDefaults } from "../../../money/evm/evm_options.ts";
import { RpcPool } from "../../../money/evm/rpc_pool.ts";
import { ManualTimers } from "../../network/door/manual_timers.ts";

Deno.test("ChainTail follows the chain once it is wanted, with one timer, and no more when it is closed", () => {
  const timers = new ManualTimers();
  const log = () => {};
  const address = `0x${"1".repeat(40)}`;
  const settings = withDefaults({
    rpcUrls: ["http://127.0.0.1:9"],
    chainId: 1,
    registryAddress: address,
    tokenAddress: address,
  });
  const pool = new RpcPool(
    {
      urls: settings.rpcUrls,
      chainId: 1,
      deadlineMs: 1,
      timeoutMs: 1,
      maxBodyBytes: 1_000,
      maxBatch: 1,
    },
    timers,
    log,
  );
  const listener = { reset: () => {}, logs: () => {} };
  const tail = new ChainTail(
    pool,
    settings,
    { timers, log },
    () => Promise.resolve(address),
    listener,
  );
  assert.equal(timers.size, 0);
  tail.want();
  tail.want();
  assert.equal(timers.size, 1);
  tail.close();
  assert.equal(timers.size, 0);
  tail.want();
  assert.equal(timers.size, 0);
});

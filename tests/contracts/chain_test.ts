import assert from "node:assert/strict";
import { chainTest, setterBack, useChain } from "./chain.ts";

const node = useChain();

chainTest(
  "setterBack() restores the chain, its time, the next fee and mining, and drops what waits",
  async () => {
    const { client, owner, bob, transact } = node();
    const state = async () => {
      const latest = await client.getBlock();
      const pending = await client.getBlock({ blockTag: "pending" });
      return {
        block: latest.hash,
        nextFee: pending.baseFeePerGas,
        mines: await client.getAutomine(),
        balance: await client.getBalance({ address: bob.address }),
        ...await client.getTxpoolStatus(),
      };
    };
    const payment = { from: owner.address, to: bob.address, value: "0x1" };
    const before = await state();
    const setBack = await setterBack(node());
    // Twice: a node forgets a snapshot to which it was set back.
    for (let times = 0; times < 2; times++) {
      await transact(owner.address, "0x", bob.address);
      await client.increaseTime({ seconds: 3_600 });
      await client.setAutomine(false);
      await client.setNextBlockBaseFeePerGas({ baseFeePerGas: 50_000_000_000n });
      await client.request({ method: "eth_sendTransaction" as never, params: [payment] as never });
      assert.equal((await client.getTxpoolStatus()).pending, 1);
      await setBack();
      assert.deepEqual(await state(), before);
    }
    assert.equal((await transact(owner.address, "0x", bob.address)).error, null);
    const { timestamp, baseFeePerGas } = await client.getBlock();
    assert.equal(baseFeePerGas, before.nextFee);
    assert.ok(timestamp < BigInt(Math.floor(Date.now() / 1_000)) + 60n, "the hour is gone");
  },
);

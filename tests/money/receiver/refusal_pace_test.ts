import assert from "node:assert/strict";
import { ReceiverAccount } from "../../../money/receiver/receiver_account.ts";
import { untilPaced } from "../../../money/receiver/refusal_pace.ts";
import { incoming } from "../../store/store_rows.ts";
import { ManualTimers } from "../../network/door/manual_timers.ts";

/** An account that may have two refusals at once, then one a second. */
function paced() {
  const timers = new ManualTimers();
  const account = new ReceiverAccount("c", "0x1", null, []);
  let nonce = 0;
  return {
    timers,
    account,
    refuse(answerBytes: number) {
      nonce += 1;
      const packet = account.admit(incoming({ nonce }), { nonce, cumulative: BigInt(nonce) });
      account.refuse(packet, new Uint8Array(answerBytes));
    },
    async isFree() {
      let free = false;
      const waiting = untilPaced(account, [2, 1], timers).then(() => free = true);
      await new Promise((resolve) => setTimeout(resolve, 0));
      return { free: () => free, waiting };
    },
  };
}

Deno.test("untilPaced() does not delay an account until it had too many refusals, and then makes it wait", async () => {
  const { timers, refuse, isFree } = paced();
  assert.ok((await isFree()).free());
  refuse(9);
  assert.ok((await isFree()).free(), "one more is free");
  refuse(9);
  const { free, waiting } = await isFree();
  assert.ok(!free());
  timers.advance(999);
  await Promise.resolve();
  assert.ok(!free());
  timers.advance(1);
  await waiting;
});

Deno.test("untilPaced() counts a refusal once more for each 1,024 bytes of its answer", async () => {
  for (const [answerBytes, waitMs] of [[1_023, 0], [1_024, 1_000], [3_072, 3_000]]) {
    const { timers, refuse, isFree } = paced();
    await isFree();
    refuse(answerBytes);
    const { free, waiting } = await isFree();
    assert.equal(free(), waitMs === 0, `${answerBytes} bytes`);
    if (waitMs === 0) continue;
    timers.advance(waitMs - 1);
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert.ok(!free());
    timers.advance(1);
    await waiting;
  }
});

Deno.test("untilPaced() ends for an account whose store failed, and never waits without a limit", async () => {
  const { timers, account, refuse, isFree } = paced();
  await isFree();
  for (let count = 0; count < 5; count++) refuse(9);
  await untilPaced(account, undefined, timers);
  const { waiting } = await isFree();
  account.dead = true;
  timers.advance(60_000);
  await waiting;
  await (await isFree()).waiting;
});

/** How long a payer uses the facts of its channel. */
import assert from "node:assert/strict";
import { channelClaims } from "../../../money/payer/claim_source.ts";
import type { ChannelFacts } from "../../../money/evm/chain.ts";
import type { ChannelRow } from "../../../store/store.ts";
import { address, chainChannel, CHANNEL } from "../../store/store_rows.ts";
import { VirtualTime } from "./sim/virtual_time.ts";

const OWN = address("a");
const GRACE_S = 3_600;
const ROW = { channelId: CHANNEL, status: "open", depositUnits: 50n } as const;

/** A payer's claims, with a chain that counts how often it is asked. */
function rig(row: Partial<ChannelRow> | null) {
  const time = new VirtualTime(1);
  const chain = { asked: 0, depositUnits: 50n, state: "open" as ChannelFacts["state"] };
  const held = { row: row === null ? null : chainChannel({ settlementTimeoutS: GRACE_S, ...row }) };
  const claims = channelClaims({
    channelId: CHANNEL,
    chainId: 31_337,
    tokenNetworkAddress: address("c"),
    tokenAddress: null,
    senderId: "payer",
  }, {
    signer: {
      identity: () => Promise.resolve({ pubkey: "", paymentAddress: OWN }),
      signClaims: () => Promise.reject(new Error("not asked here")),
      lastClaim: () => Promise.resolve(null),
    },
    chain: {
      channel(channelId) {
        chain.asked++;
        const side = { claimedUnits: 0n, claimedNonce: 0 };
        return Promise.resolve({
          channelId,
          chainId: 31_337,
          tokenNetworkAddress: address("c"),
          participants: [
            { ...side, address: OWN, depositUnits: chain.depositUnits },
            { ...side, address: address("b"), depositUnits: 0n },
          ],
          state: chain.state,
          settlementTimeoutS: GRACE_S,
        });
      },
    },
    store: { listChainChannels: () => Promise.resolve(held.row === null ? [] : [held.row]) },
    timers: time.timersOf(() => true),
  });
  return { claims, chain, held, later: (ms: number) => time.run(time.nowMs + ms) };
}

Deno.test("claims use the facts of an open channel for a twelfth of its grace while its row is unchanged", async () => {
  const { claims, chain, later } = rig(ROW);
  for (let s = 0; s < GRACE_S / 12; s += 11) {
    assert.deepEqual(await claims.capacity(), { depositUnits: 50n, open: true });
    await later(11_000);
  }
  assert.equal(chain.asked, 1);
  await claims.capacity();
  assert.equal(chain.asked, 2);
});

Deno.test("claims ask the chain again after ten seconds when the row is closing, has another deposit or is missing", async () => {
  for (const change of [{ status: "closing" }, { depositUnits: 60n }, null] as const) {
    const { claims, chain, held, later } = rig(ROW);
    await claims.capacity();
    held.row = change === null ? null : chainChannel({ ...ROW, ...change });
    await later(9_999);
    await claims.capacity();
    assert.equal(chain.asked, 1);
    await later(1);
    await claims.capacity();
    assert.equal(chain.asked, 2, JSON.stringify(change, (_, each) => `${each}`));
  }
});

Deno.test("claims ask again after refresh(), and every ten seconds for a channel that is not open", async () => {
  const { claims, chain, later } = rig(ROW);
  await claims.capacity();
  chain.state = "closed";
  claims.refresh!();
  assert.deepEqual(await claims.capacity(), { depositUnits: 50n, open: false });
  await later(10_000);
  await claims.capacity();
  assert.equal(chain.asked, 3);
});

Deno.test("claims use no facts that were refreshed while the channel's row was read", async () => {
  const { claims, chain, later } = rig(ROW);
  await claims.capacity();
  await later(10_000);
  chain.state = "closed";
  const asking = claims.capacity();
  claims.refresh!();
  assert.deepEqual(await asking, { depositUnits: 50n, open: false });
});

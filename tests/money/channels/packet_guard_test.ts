import assert from "node:assert/strict";
import type { ManagerState } from "../../../money/channels/manager_state.ts";
import { PacketGuard } from "../../../money/channels/packet_guard.ts";
import { ManualTimers } from "../../network/door/manual_timers.ts";

const CLAIMS_WEI = 2n * 150_000n;

/** A guard over a chain that a test can stop, on an account that a test can empty. Gas costs 1 wei. */
function guarded() {
  const timers = new ManualTimers();
  const place = { gasWei: CLAIMS_WEI, reachable: true, asked: 0 };
  const answer = <Value>(value: Value) =>
    place.reachable ? Promise.resolve(value) : Promise.reject(new Error("away"));
  const chain = {
    head: () => answer({ seenAtMs: timers.now() }),
    funds() {
      place.asked += 1;
      return answer({ gasWei: place.gasWei });
    },
    quote: () => answer({ maxFeePerGasWei: 1n }),
  };
  const state = { own: "0x1", deps: { timers, chain }, book: { byId: () => null } };
  return { timers, place, guard: new PacketGuard(state as unknown as ManagerState) };
}

Deno.test("PacketGuard asks for gas once a minute, and refuses packets while two claims cannot be paid", async () => {
  const { timers, place, guard } = guarded();
  assert.equal(await guard.refuses("c"), null);
  place.gasWei = CLAIMS_WEI - 1n;
  timers.advance(60_000);
  assert.equal(await guard.refuses("c"), null);
  assert.equal(place.asked, 1);
  timers.advance(1);
  assert.equal(await guard.refuses("c"), "gas for two claims is missing");
  assert.equal(place.asked, 2);
  timers.setBack(60_001);
  place.gasWei = CLAIMS_WEI;
  assert.equal(await guard.refuses("c"), null, "a clock that was set back keeps nothing");
});

Deno.test("PacketGuard takes packets for a twelfth of the grace after the chain was seen last", async () => {
  const { timers, place, guard } = guarded();
  assert.equal(await guard.refuses("c"), null);
  place.reachable = false;
  const maxAgeMs = 3_600_000 / 12;
  timers.advance(maxAgeMs);
  assert.equal(await guard.refuses("c"), null);
  timers.advance(1);
  assert.equal(
    await guard.refuses("c"),
    "the chain was not seen for too long to watch the channel",
  );
  guard.seen(timers.now() - maxAgeMs);
  assert.equal(await guard.refuses("c"), null);
});

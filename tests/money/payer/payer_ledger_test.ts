import assert from "node:assert/strict";
import { PayerLedger } from "../../../money/payer/payer_ledger.ts";
import type { OutgoingPacketRow } from "../../../store/store.ts";
import { CHANNEL, outgoing } from "../../store/store_rows.ts";

const packet = (nonce: number, cumulative: bigint): OutgoingPacketRow =>
  outgoing({ nonce, cumulative, amount: 10n });

Deno.test("PayerLedger accepts only packets whose nonce rises and whose total does not fall", () => {
  const ledger = new PayerLedger(CHANNEL, "peer", null, []);
  ledger.issue(packet(1, 10n));
  ledger.issue(packet(2, 10n));
  ledger.issue(packet(4, 30n));
  for (const [nonce, cumulative] of [[4, 40n], [3, 40n], [5, 29n]] as const) {
    assert.throws(() => ledger.issue(packet(nonce, cumulative)), RangeError);
  }
  assert.deepEqual([ledger.nonce, ledger.held, [...ledger.open.keys()]], [4, 30n, [1, 2, 4]]);
  ledger.skipNonce();
  assert.throws(() => ledger.issue(packet(5, 40n)), RangeError);
  ledger.issue(packet(6, 40n));
});

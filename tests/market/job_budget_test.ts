import assert from "node:assert/strict";
import { checkOnePayment } from "../../market/job_budget.ts";
import { chooseRequest } from "../../market/choose_request.ts";
import { M2M } from "../../protocols/ilp/asset.ts";
import { intake } from "../../market/intake.ts";
import { BUYER, runnerOn } from "./sequences/sequence_market.ts";
import type { Announcement } from "../../market/announcement.ts";
import { PLAIN_ORDER } from "./plain_order.ts";

Deno.test("checkOnePayment() allows one whole one of the asset, and no unit more", () => {
  checkOnePayment(1_000_000n, { asset: M2M });
  checkOnePayment(10n ** 18n, { asset: { code: "TOK", scale: 18 } });
  assert.throws(() => checkOnePayment(1_000_001n, { asset: M2M }), {
    code: "window",
    message: "one payment of the job is 1.000001 M2M; at most 1.00 M2M may be at risk in a payment",
    suggestion: /limits --set window=1\.000001' raises the limit/,
  });
  checkOnePayment(3_000_000n, { asset: M2M, windowUnits: 3_000_000n });
  assert.throws(() => checkOnePayment(3_000_001n, { asset: M2M, windowUnits: 3_000_000n }));
});

Deno.test("chooseRequest() refuses a job whose payment is above the window before anything is posted", async () => {
  const { buyer, relayReader } = runnerOn({} as Parameters<typeof runnerOn>[0]);
  const [announced] = await relayReader.announcements({} as never) as Announcement[];
  const planned = (flatUnits: bigint) =>
    chooseRequest(
      {
        profile: { ...buyer.prices, asset: M2M },
        pubkey: BUYER,
        relayReader: {
          announcements: () =>
            Promise.resolve([{
              ...announced,
              prices: [{ kind: 5600, flatUnits, unitsPerKib: 0n }],
            }]),
        },
        passedOver: () => Promise.resolve([]),
      },
      intakeOf(),
      {
        type: "echo",
        kind: 5600,
        input: null,
        ...PLAIN_ORDER,
        bidUnits: 20_000_000n,
        limitBytes: 32_767,
      } as never,
      [],
    );
  assert.equal((await planned(1_000_000n)).priceUnits, 1_000_000n);
  await assert.rejects(planned(15_000_000n), { code: "window" });
});

function intakeOf() {
  const { build, assign } = intake({ clock: Date.now });
  return {
    build,
    assign: (...args: Parameters<typeof assign>) => Promise.resolve(assign(...args)),
  };
}

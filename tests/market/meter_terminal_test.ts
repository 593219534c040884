import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import { meterTerminal } from "../../market/meter_terminal.ts";
import type { Terminal } from "../../money/receiver/terminal.ts";
import type { Prepare } from "../../protocols/ilp/packet.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { incrementOrder } from "../../protocols/nostr/increment_order.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import type { MeterRow } from "../../store/meter_row.ts";
import { BUYER, NOW_S, PROVIDER, request, signed, STRANGER } from "./market.ts";

const verifier = await createVerifier();
const asked = request();
/** Stands for the provider's signer. */
const fulfilmentOf = (dataSha256: Uint8Array) => sha256(new Uint8Array([9, ...dataSha256]));
const METER: MeterRow = {
  eventId: asked.id,
  role: "provider",
  party: BUYER,
  incrementUnits: 5_000n,
  seconds: 15,
  kib: 0,
  most: 3,
  paid: 1,
  paidAtMs: 1,
  sinceMs: null,
  usedMs: 15_000,
  usedBytes: 0,
  fromByte: 0,
  turns: 0,
  pausedAtMs: null,
  state: "open",
  atMs: 1,
};
const order = (number = 2, author = BUYER, provider = PROVIDER) =>
  signed(incrementOrder({ requestId: asked.id, provider, number }, NOW_S), author);
const packet = (event: NostrEvent, more: Partial<Prepare> = {}): Prepare => {
  const data = encodeToon(event, "1.4");
  return {
    amount: 5_000n,
    expiresAtMs: NOW_S * 1_000,
    condition: sha256(fulfilmentOf(sha256(data))),
    destination: "g.p",
    data,
    ...more,
  };
};

function taker(meter: Partial<MeterRow> | null = {}, status = "processing") {
  const beneath: Terminal = {
    inspect: () => Promise.resolve({ obligation: "beneath" }),
    effect: () => Promise.resolve({ reject: { code: "F00", message: "beneath" } }),
  };
  return meterTerminal(beneath, {
    pubkey: PROVIDER,
    store: {
      meterOf: (id, role) =>
        Promise.resolve(
          meter !== null && id === asked.id && role === "provider" ? { ...METER, ...meter } : null,
        ),
      getJobByEvent: () =>
        Promise.resolve(
          {
            jobId: "job-1",
            eventId: asked.id,
            buyer: BUYER,
            amountUnits: 5_000n,
            status,
          } as never,
        ),
    },
    signer: {
      packetFulfilments: (packets) =>
        Promise.resolve(packets.map(({ dataSha256 }) => fulfilmentOf(dataSha256))),
    },
    verifier,
    clock: () => NOW_S * 1_000,
  });
}

const OBLIGATION = `increment:${asked.id}/2`;

Deno.test("meterTerminal() takes the increment that is due, books it with the job's sum, and answers it again", async () => {
  const terminal = taker();
  assert.deepEqual(await terminal.inspect(packet(order())), { obligation: OBLIGATION });
  const effect = await terminal.effect(packet(order()), OBLIGATION);
  assert.ok("fulfilment" in effect);
  const [paid, patched] = effect.changes ?? [];
  assert.deepEqual(paid, {
    op: "payIncrement",
    eventId: asked.id,
    role: "provider",
    number: 2,
    atMs: NOW_S * 1_000,
  });
  assert.ok(patched.op === "patchJob");
  assert.equal(patched.patch.amountUnits, 10_000n);
  // After the commit, also where the job is over by then.
  const again = await taker({ paid: 2 }, "success").effect(packet(order()), OBLIGATION);
  assert.ok("fulfilment" in again);
  assert.deepEqual(again.changes, []);
});

Deno.test("meterTerminal() knows the packets of its jobs, and asks the terminal beneath for others", () => {
  assert.equal(taker().asker!(packet(order())), "job");
  assert.equal(taker().asker!(packet(asked)), "stranger");
});

Deno.test("meterTerminal() tells a packet of amount 0 whether the increment is due", async () => {
  const told = async (...given: Parameters<typeof taker>) => {
    const seen = await taker(...given).inspect(packet(order(), { amount: 0n }));
    assert.ok("reject" in seen);
    return [seen.reject.code, JSON.parse(new TextDecoder().decode(seen.reject.data)).code];
  };
  assert.deepEqual(await told(), ["F04", "price_not_met"]);
  assert.deepEqual(await told({ usedMs: 14_999 }), ["T99", "not_due"]);
  assert.deepEqual(await told({ state: "over" }), ["F99", "job_over"]);
  for (const status of ["success", "error", "cancelled"]) {
    assert.deepEqual(await told({}, status), ["F99", "job_over"]);
  }
});

Deno.test("meterTerminal() takes nothing early, out of order, after the end, for less, or of others", async () => {
  const refused = async (prepare: Prepare, ...given: Parameters<typeof taker>) => {
    const seen = await taker(...given).inspect(prepare);
    assert.ok("reject" in seen);
    return JSON.parse(new TextDecoder().decode(seen.reject.data)).code;
  };
  assert.equal(await refused(packet(order()), { usedMs: 14_999 }), "not_due");
  assert.equal(await refused(packet(order(3))), "out_of_order");
  assert.equal(await refused(packet(order(4)), { paid: 3, usedMs: 60_000 }), "out_of_order");
  assert.equal(await refused(packet(order()), {}, "success"), "job_over");
  assert.equal(await refused(packet(order()), { state: "over" }), "job_over");
  assert.equal(await refused(packet(order(), { amount: 4_999n })), "price_not_met");
  assert.equal(await refused(packet(order(2, STRANGER))), "no_meter");
  assert.equal(await refused(packet(order(2, BUYER, STRANGER))), "no_meter");
  assert.equal(await refused(packet(order()), null), "no_meter");
  const condition = new Uint8Array(32).fill(1);
  assert.equal(await refused(packet(order(), { condition })), "wrong_condition");
  const forged = { ...order(), sig: order(3).sig };
  assert.equal(await refused(packet(forged)), "bad_signature");
  // A held packet is refused, and so not paid, if the job ended meanwhile.
  const effect = await taker({ state: "over" }).effect(packet(order()), OBLIGATION);
  assert.ok("reject" in effect);
});

Deno.test("meterTerminal() leaves every other packet to the terminal beneath", async () => {
  const terminal = taker();
  assert.deepEqual(await terminal.inspect(packet(asked)), { obligation: "beneath" });
  const effect = await terminal.effect(packet(asked), `job:${asked.id}`);
  assert.ok("reject" in effect && effect.reject.message === "beneath");
});

Deno.test("meterTerminal() counts the output of a run that is paid by output, and no time", async () => {
  const seen = async (usedBytes: number, number = 2) => {
    const terminal = taker({ seconds: 0, kib: 1, usedMs: 1e9, usedBytes });
    const came = await terminal.inspect(packet(order(number)));
    return "reject" in came ? came.reject.code : "taken";
  };
  assert.deepEqual(await Promise.all([0, 1_024, 1_025, 1e9].map((bytes) => seen(bytes))), [
    ...["T99", "T99", "taken", "taken"],
  ]);
  assert.equal(await seen(1e9, 3), "F99");
});

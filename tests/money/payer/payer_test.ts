import assert from "node:assert/strict";
import { interledgerWire as wire } from "../../../protocols/wires/interledger/wire.ts";
import type { ClaimAck } from "../../../money/claims/claim_ack.ts";
import type { LinkAnswer } from "../../../money/claims/packet_link.ts";
import { endedBy } from "../../../money/channels/settled_packets.ts";
import { ack, bench, fulfill, NONE, signerAt } from "./payer_rig.ts";

const reject = (code: string) =>
  wire.encodeReject({ code, triggeredBy: "test.peer", message: "no", data: NONE });

Deno.test("Payer joins payments of one obligation and never pays it twice", async () => {
  const { pay, run, sent } = await bench(() => ({ packet: fulfill, ack: ack() }));
  const both = Promise.all([pay(100n, "write:1"), pay(100n, "write:1")]);
  await run(100);
  assert.deepEqual((await both).map((outcome) => outcome.state), ["fulfilled", "fulfilled"]);
  const again = await pay(100n, "write:1");
  assert.equal(again.state === "fulfilled" && again.alreadyPaid, true);
  assert.equal(sent.length, 1);
});

Deno.test("Payer treats a wrong preimage as no answer and asks again with the same bytes", async () => {
  const wrong = wire.encodeFulfill({ fulfilment: new Uint8Array(32), data: NONE });
  const { payer, pay, run, sent } = await bench((_packet, asked) =>
    asked < 3 ? { packet: wrong, ack: ack() } : { packet: fulfill, ack: ack() }
  );
  const paying = pay(100n, "write:1");
  await run(20_000);
  assert.equal((await paying).state, "fulfilled", "also long after it expired");
  assert.equal(sent.length, 3);
  assert.deepEqual(sent[2], sent[0]);
  assert.equal(payer.status().noise, 2);
});

Deno.test("Payer answers unknown to a caller that stops waiting, and keeps the packet open", async () => {
  const { payer, pay, run } = await bench(() => null);
  const patience = new AbortController();
  const paying = pay(100n, "write:1", patience.signal);
  await run(50);
  patience.abort();
  assert.equal((await paying).state, "unknown");
  await run(3_600_000);
  assert.equal(payer.status().openPackets, 1, "no clock closes a row");
});

Deno.test("Payer keeps the credit of a refusal at a peer that acknowledges claims", async () => {
  const { payer, pay, run } = await bench((_packet, asked) => ({
    packet: asked === 1 ? reject("F00") : fulfill,
    ack: ack(),
  }));
  const refused = pay(300n, "write:1");
  await run(100);
  assert.equal((await refused).state, "refused");
  const paid = pay(300n, "write:1");
  await run(100);
  assert.equal((await paid).state, "fulfilled", "a retry is a new packet");
  const { signed, spent, nonce, forfeit } = payer.status();
  assert.deepEqual([signed, spent, nonce, forfeit], [300n, 300n, 2, 0n]);
});

Deno.test("Payer books a strict peer's refusals as lost and stops at the day's limit", async () => {
  const { payer, pay, run } = await bench(() => ({ packet: reject("T00"), ack: null }), {
    peerRule: "strict",
    maxForfeitUnits: 500n,
  });
  for (const at of [1, 2]) {
    const paying = pay(300n, `write:${at}`);
    await run(100);
    assert.equal((await paying).state, "refused");
  }
  const stopped = pay(300n, "write:3");
  await run(100);
  const outcome = await stopped;
  assert.equal(outcome.state === "refused" && outcome.code, "max_forfeit");
  assert.equal(payer.status().forfeit, 600n);
  await run(86_400_000);
  const nextDay = pay(300n, "write:3");
  await run(100);
  const tried = await nextDay;
  assert.equal(tried.state === "refused" && tried.local, false, "the next day it is risked again");
});

Deno.test("Payer reads the effect back at a strict peer once the packet expired", async () => {
  let evidence: "found" | "not_found" = "not_found";
  const { payer, pay, run, sent } = await bench(() => null, { peerRule: "strict" }, {
    evidence: () => Promise.resolve(evidence),
  });
  const lost = pay(100n, "write:1");
  await run(15_000);
  assert.equal(payer.status().openPackets, 1, "not found yet is no proof");
  await run(10_000);
  const outcome = await lost;
  assert.equal(outcome.state === "refused" && outcome.code, "forfeited");
  evidence = "found";
  const found = pay(100n, "write:2");
  await run(86_400_000);
  const stopped = await found;
  assert.equal(stopped.state === "refused" && stopped.code, "max_forfeit");
  const seen = pay(100n, "write:2");
  await run(15_000);
  assert.equal((await seen).state, "fulfilled", "by evidence");
  assert.equal(sent.length, 2, "a strict peer is asked once a session");
});

const HALTS: readonly {
  readonly name: string;
  readonly ack: ClaimAck;
  readonly halted: boolean;
}[] = [
  {
    name: "its nonce is taken",
    ack: ack({ result: "rejected", reason: "nonce_not_advancing" }),
    halted: true,
  },
  { name: "the peer knows a nonce above ours", ack: ack({ nonce: 9 }), halted: true },
  { name: "the peer was credited more than we signed", ack: ack({ credited: 999n }), halted: true },
  {
    name: "the signature was not accepted",
    ack: ack({ result: "rejected", reason: "signature_invalid", nonce: 0 }),
    halted: false,
  },
];

for (const { name, ack: told, halted } of HALTS) {
  Deno.test(`Payer ${halted ? "halts" : "goes on"} when ${name}`, async () => {
    const halts: string[] = [];
    const { payer, pay, run, facts } = await bench(
      () => ({ packet: reject("F06"), ack: told }),
      {},
      { onHalt: (channelId) => void halts.push(channelId) },
    );
    const paying = pay(100n, "write:1");
    await run(100);
    await paying;
    assert.equal(payer.status().halted !== null, halted);
    const next = pay(100n, "write:2");
    await run(100);
    const outcome = await next;
    assert.equal(outcome.state === "refused" && outcome.code, halted ? "halted" : "F06");
    assert.deepEqual(halts, halted ? ["0xc1"] : []);
    // A refused claim may come from a close or another chain, so the facts are asked for again.
    assert.equal(facts.refreshes > 0, told.result === "rejected");
  });
}

/** The answer to packet 1 of 100 units after the peer accepted packet 2 of 200 units. */
const overtaken = (more: Partial<ClaimAck> = {}): LinkAnswer => ({
  packet: reject("F06"),
  ack: ack({
    result: "rejected",
    reason: "nonce_not_advancing",
    nonce: 2,
    credited: 300n,
    spent: 200n,
    ...more,
  }),
});

Deno.test("Payer closes a packet that a later one overtook, says so, and signs the next attempt with a new claim", async () => {
  const { payer, pay, run, sent } = await bench((packet, asked) => {
    const [, nonce] = new TextDecoder().decode(packet.claim).split(" ").map(Number);
    if (nonce === 1) return asked < 3 ? null : overtaken();
    return { packet: fulfill, ack: ack({ nonce, credited: 300n }) };
  });
  const early = pay(100n, "delivery:1");
  await run(1);
  const later = pay(200n, "write:2");
  await run(5_000);
  assert.equal((await later).state, "fulfilled");
  const outcome = await early;
  assert.equal(outcome.state === "refused" && outcome.ofClaim, true);
  assert.equal(outcome.state === "refused" && outcome.code, "F06", "the peer's own code");
  assert.equal(payer.status().halted, null);
  const again = pay(100n, "delivery:1");
  await run(100);
  assert.equal((await again).state, "fulfilled");
  assert.equal(new TextDecoder().decode(sent.at(-1)!.claim), "claim 3 300", "its credit is used");
  assert.deepEqual([payer.status().signed, payer.status().spent], [300n, 300n]);
});

Deno.test("Payer keeps a packet open whose peer refuses its claim and has counted it", async () => {
  let counted = 300n;
  const { payer, pay, run } = await bench((packet) => {
    const [, nonce] = new TextDecoder().decode(packet.claim).split(" ").map(Number);
    if (nonce === 1) return overtaken({ spent: counted });
    return { packet: fulfill, ack: ack({ nonce, credited: 300n, spent: 200n }) };
  });
  const patience = new AbortController();
  const early = pay(100n, "delivery:1", patience.signal);
  const later = pay(200n, "write:2");
  await run(5_000);
  assert.equal((await later).state, "fulfilled");
  assert.equal(payer.status().openPackets, 1, "it may have been paid");
  patience.abort();
  assert.equal((await early).state, "unknown");
  counted = 200n;
  await run(60_000);
  assert.deepEqual([payer.status().openPackets, payer.status().spent], [0, 200n]);
});

Deno.test("Payer stays within W and the deposit, and lets later payments wait for earlier ones", async () => {
  const { payer, pay, run } = await bench(() => ({ packet: fulfill, ack: ack({ nonce: 0 }) }), {
    windowUnits: 1_000n,
  });
  const all = Promise.all([1, 2, 3, 4, 5].map((at) => pay(600n, `write:${at}`)));
  await run(10);
  assert.equal(payer.status().openPackets, 1);
  await run(1_000);
  assert.ok((await all).every((outcome) => outcome.state === "fulfilled"));
  const tooMuch = await pay(1_001n, "write:6");
  assert.equal(tooMuch.state === "refused" && tooMuch.code, "window");
});

const ABOVE: readonly {
  readonly name: string;
  readonly nonce: number;
  readonly cumulative: bigint;
  readonly windowUnits?: bigint;
  readonly state: string;
  readonly figures: readonly [bigint, number];
}[] = [
  {
    name: "its amount is used",
    nonce: 1,
    cumulative: 300n,
    state: "fulfilled",
    figures: [300n, 2],
  },
  { name: "and pays for more", nonce: 3, cumulative: 60n, state: "fulfilled", figures: [100n, 4] },
  {
    name: "but not above W",
    nonce: 1,
    cumulative: 5_000n,
    windowUnits: 1_000n,
    state: "window",
    figures: [0n, 1],
  },
  {
    name: "but not where no receiver would take it",
    nonce: 2 ** 20 + 1,
    cumulative: 100n,
    state: "halted",
    figures: [0n, 0],
  },
];

for (const { name, nonce, cumulative, windowUnits, state, figures } of ABOVE) {
  Deno.test(`Payer goes on above a claim that only its signer knows: ${name}`, async () => {
    const claims = signerAt(nonce, cumulative);
    const { payer, pay, run } = await bench(() => ({ packet: fulfill, ack: ack({ nonce: 0 }) }), {
      windowUnits,
    }, { claims });
    const paying = pay(100n, "write:1");
    await run(100);
    const outcome = await paying;
    assert.equal(outcome.state === "refused" ? outcome.code : outcome.state, state);
    const { signed, nonce: issued } = payer.status();
    assert.deepEqual([signed, issued], figures);
  });
}

Deno.test("Payer continues from what its store says of a packet that a settlement ended, and tells the caller unknown", async () => {
  const { payer, pay, run, disk, sent } = await bench(() => null);
  const paying = pay(100n, "write:1");
  await run(100);
  assert.equal(sent.length, 1);
  disk.apply(endedBy(disk.payers.get("0xc1")!, [...disk.out.values()], 100n));
  await run(40_000);
  assert.equal((await paying).state, "unknown");
  assert.deepEqual([payer.status().openPackets, payer.status().spent], [0, 100n]);
  const asked = sent.length;
  const again = pay(100n, "write:1");
  await run(40_000);
  const outcome = await again;
  assert.equal(outcome.state === "fulfilled" && outcome.alreadyPaid, true);
  assert.equal(sent.length, asked, "nothing is sent on it any more");
});

Deno.test("Payer.close() answers unknown for packets that may have been sent, and refuses those that wait", async () => {
  const { payer, pay, run } = await bench(() => null, { windowPackets: 1 });
  const open = pay(100n, "write:1");
  const waiting = pay(100n, "write:2");
  await run(100);
  await payer.close();
  assert.equal((await open).state, "unknown");
  const { state, ...refused } = await waiting;
  assert.deepEqual([state, "code" in refused && refused.code], ["refused", "closed"]);
});

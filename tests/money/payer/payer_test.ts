import assert from "node:assert/strict";
import { SpendingGuard } from "../../../money/payer/spending_limits.ts";
import { M2M } from "../../../protocols/ilp/asset.ts";
import { createHash } from "node:crypto";
import { interledgerWire as wire } from "../../../protocols/wires/interledger/wire.ts";
import type { ClaimAck } from "../../../money/claims/claim_ack.ts";
import type { ClaimSource } from "../../../money/payer/claim_source.ts";
import { SignerError } from "../../../money/signer/signer_error.ts";
import { CommitLane } from "../../../money/claims/commit_lane.ts";
import type { LinkAnswer, PacketLink, SentPacket } from "../../../money/claims/packet_link.ts";
import { endedBy } from "../../../money/channels/settled_packets.ts";
import { Payer } from "../../../money/payer/payer.ts";
import type { PayerDeps, PayerOptions } from "../../../money/payer/payer_options.ts";
import { Disk, storeOf } from "./sim/disk.ts";
import { oneByOne } from "./sim/signer.ts";
import { VirtualTime } from "./sim/virtual_time.ts";

const FULFILMENT = new Uint8Array(32).fill(7);
const CONDITION = new Uint8Array(createHash("sha256").update(FULFILMENT).digest());
const NONE = new Uint8Array(0);

const fulfill = wire.encodeFulfill({ fulfilment: FULFILMENT, data: NONE });
const reject = (code: string) =>
  wire.encodeReject({ code, triggeredBy: "test.peer", message: "no", data: NONE });
const ack = (more: Partial<ClaimAck> = {}): ClaimAck => ({
  result: "accepted",
  nonce: 1,
  credited: 0n,
  spent: 0n,
  held: 0n,
  ...more,
});

/** A payer on virtual time whose peer answers as the test says; null means no answer. */
async function bench(
  answers: (packet: SentPacket, ask: number) => LinkAnswer | null,
  options: Partial<PayerOptions> = {},
  deps: Partial<PayerDeps> = {},
) {
  const time = new VirtualTime(1);
  const disk = new Disk("payer", 1_000_000n);
  const weather = { failure: 0 };
  const store = storeOf(disk, time, () => weather.failure);
  const sent: SentPacket[] = [];
  const claims: ClaimSource = {
    capacity: () => Promise.resolve({ depositUnits: 10_000n, open: true }),
    lastClaim: () => Promise.resolve(null),
    issue: oneByOne(({ nonce, cumulative }) =>
      Promise.resolve({
        snapshot: null,
        bytes: new TextEncoder().encode(`claim ${nonce} ${cumulative}`),
      })
    ),
  };
  const payer = await Payer.open({
    channelId: "0xc1",
    peer: "peer",
    peerRule: "credit",
    ...options,
  }, {
    store,
    lane: new CommitLane(store),
    claims,
    codec: wire,
    timers: time.timersOf(() => true),
    log: () => {},
    ...deps,
  });
  const link = (): PacketLink => ({
    writable: () => null,
    claimState: () => Promise.resolve(null),
    send(packet) {
      sent.push(packet);
      const answer = answers(packet, sent.length);
      return new Promise((resolve) => {
        if (answer !== null) time.after(5, () => resolve(answer));
      });
    },
  });
  const pay = (amount: bigint, obligation: string, signal?: AbortSignal) =>
    payer.pay({
      amount,
      obligation,
      destination: "test.peer.x",
      data: NONE,
      condition: CONDITION,
      expiresInMs: 10_000,
    }, { signal });
  const run = (ms: number) => time.run(time.nowMs + ms);
  await payer.attach(link());
  return { payer, pay, run, sent, disk, link, weather };
}

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
    const { payer, pay, run } = await bench(
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

/** A signer whose last claim is in no row, as after a crash between signature and commit. */
function signerAt(nonce: number, cumulative: bigint): ClaimSource & { readonly issued: number[] } {
  let last = { nonce, cumulative };
  const issued: number[] = [];
  return {
    issued,
    capacity: () => Promise.resolve({ depositUnits: 10_000n, open: true }),
    lastClaim: () => Promise.resolve(last),
    // deno-lint-ignore require-await
    issue: oneByOne(async (claim) => {
      if (claim.nonce <= last.nonce) throw new SignerError("nonce", "taken");
      if (claim.cumulative < last.cumulative) throw new SignerError("bad_field", "falls");
      if (claim.cumulative - last.cumulative > claim.amount) {
        throw new SignerError("bad_field", "rises by too much");
      }
      last = claim;
      issued.push(claim.nonce);
      return {
        snapshot: null,
        bytes: new TextEncoder().encode(`claim ${claim.nonce} ${claim.cumulative}`),
      };
    }),
  };
}

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

Deno.test("Payer asks a signer that refused a nonce where it stands, and continues above it", async () => {
  const claims = signerAt(0, 0n);
  const { payer, pay, run } = await bench(
    () => ({ packet: fulfill, ack: ack({ nonce: 0 }) }),
    {},
    { claims },
  );
  const first = pay(100n, "write:1");
  await run(100);
  await first;
  await claims.issue([{ nonce: 7, cumulative: 150n, amount: 50n }]);
  const next = pay(100n, "write:2");
  await run(100);
  assert.equal((await next).state, "fulfilled");
  assert.equal(payer.status().halted, null);
  assert.deepEqual(claims.issued, [1, 7, 8]);
});

/** No payment of these tests is for a job or a provider. */
const LIMITS = { jobUnits: 1n, providerDayUnits: 1n, asset: M2M };

Deno.test("Payer sends what was signed before a refusal, and continues behind it", async () => {
  const signer = signerAt(0, 0n);
  const claims: ClaimSource = {
    ...signer,
    async issue(figures) {
      const big = figures.findIndex(({ amount }) => amount === 500n);
      const { claims, snapshot } = await signer.issue(figures.slice(0, big < 0 ? 99 : big));
      const above = { what: "the packet", amount: 500n, ceiling: 400n, unit: "units" } as const;
      const refusal = big < 0 ? null : { code: "ceiling", message: "500 units", above };
      return { claims, snapshot, refusal };
    },
  };
  const { payer, pay, run, sent } = await bench(
    (packet) => ({
      packet: fulfill,
      ack: ack({ nonce: Number(new TextDecoder().decode(packet.claim).split(" ")[1]) }),
    }),
    {},
    { claims, spending: new SpendingGuard(LIMITS, { budgets: () => Promise.reject() }) },
  );
  const all = Promise.all(
    [100n, 100n, 500n, 100n, 100n].map((units, at) => pay(units, `write:${at}`)),
  );
  await run(1_000);
  const outcomes = await all;
  const told = outcomes.map((outcome) =>
    outcome.state === "refused" ? outcome.code : outcome.state
  );
  assert.match(
    JSON.stringify(outcomes[2]),
    /the packet would be 0\.0005 M2M, above the ceiling of 0\.0004 M2M/,
  );
  assert.deepEqual(told, ["fulfilled", "fulfilled", "ceiling", "fulfilled", "fulfilled"]);
  assert.deepEqual(signer.issued, [1, 2, 3, 4], "no nonce is skipped");
  assert.equal(sent.length, 4);
  assert.equal(payer.status().signed, 400n);
});

Deno.test("Payer reuses no nonce of a batch when its signer did not answer", async () => {
  const signer = signerAt(0, 0n);
  let lost = true;
  const claims: ClaimSource = {
    ...signer,
    async issue(figures) {
      const issued = await signer.issue(figures);
      if (lost) throw new Error("the port was closed");
      return issued;
    },
  };
  const { payer, pay, run, sent } = await bench(
    () => ({ packet: fulfill, ack: ack({ nonce: 4 }) }),
    {},
    { claims },
  );
  const all = Promise.all([1, 2, 3].map((at) => pay(100n, `write:${at}`)));
  await run(1_000);
  for (const outcome of await all) {
    assert.equal(outcome.state === "refused" && outcome.code, "signer");
  }
  assert.equal(sent.length, 0);
  lost = false;
  const next = pay(100n, "write:4");
  await run(1_000);
  assert.equal((await next).state, "fulfilled");
  assert.deepEqual(signer.issued, [1, 2, 3, 4]);
  assert.equal(payer.status().signed, 300n, "what may have been signed is not signed on top of");
});

Deno.test("Payer neither commits nor sends what was signed on figures that the store lost", async () => {
  let release = () => {};
  const asked: number[] = [];
  const claims: ClaimSource = {
    ...signerAt(0, 0n),
    issue: oneByOne(async ({ nonce, cumulative }) => {
      asked.push(nonce);
      if (nonce === 2) await new Promise<void>((resolve) => release = resolve);
      return { snapshot: null, bytes: new TextEncoder().encode(`claim ${nonce} ${cumulative}`) };
    }),
    lastClaim: () =>
      Promise.resolve({ nonce: asked.at(-1) ?? 0, cumulative: 100n * BigInt(asked.length) }),
  };
  const { payer, pay, run, sent, disk, weather } = await bench(
    () => ({ packet: fulfill, ack: ack({ nonce: 0 }) }),
    {},
    { claims },
  );
  const lost = pay(100n, "write:1");
  while (sent.length === 0) await run(1);
  weather.failure = 1;
  const late = pay(100n, "write:2");
  await run(100);
  assert.equal((await lost).state, "unknown", "its outcome was not committed");
  weather.failure = 0;
  await run(5_000);
  release();
  await run(5_000);
  const outcome = await late;
  assert.equal(outcome.state === "refused" && outcome.code, "store");
  assert.equal(disk.out.size, 1);
  assert.ok(sent.every(({ claim }) => new TextDecoder().decode(claim) === "claim 1 100"));
  const again = pay(100n, "write:2");
  await run(5_000);
  assert.equal((await again).state, "fulfilled");
  assert.deepEqual(asked, [1, 2, 3], "no nonce twice");
  assert.equal(disk.payers.get("0xc1")?.nonce, 3, "the row has its channel's figures");
  assert.equal(payer.status().openPackets, 0);
});

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

import assert from "node:assert/strict";
import { paidTerminal } from "../../../network/relay/paid_terminal.ts";
import { type RelayServer, startRelayServer } from "../../../network/relay/relay_server.ts";
import {
  conditionOf,
  contentFulfilment,
  dataSha256,
  fulfils,
} from "../../../protocols/ilp/condition.ts";
import type { Prepare } from "../../../protocols/ilp/packet.ts";
import { encodeToon } from "../../../protocols/toon/encode.ts";
import type { Inspection, Terminal } from "../../../money/receiver/terminal.ts";
import { createKeySigner } from "../../../money/signer/key_signer.ts";
import { event, json, key } from "./signed_events.ts";

const CEILINGS = {
  perPacketUnits: 1n,
  perChannelUnits: 1n,
  perHourUnits: 1n,
  perDayUnits: 1n,
};

function signerOf(author: number) {
  return createKeySigner({
    nostrKey: key(author),
    paymentKey: key(author),
    ceilings: CEILINGS,
    allow: [],
    snapshot: "first",
    clock: Date.now,
  });
}

async function rig(
  kindPrices?: Readonly<Record<number, bigint>>,
): Promise<{ relay: RelayServer; terminal: Terminal; pubkey: string }> {
  const signer = await signerOf(100);
  const { pubkey } = await signer.identity();
  const identity = {
    name: "r",
    description: "",
    pubkey,
    ilpAddress: "g.dev.relay",
    priceUnitsPerByte: 10n,
    asset: { code: "M2M", scale: 6 },
    version: "0",
  };
  const relay = await startRelayServer({ file: ":memory:", identity, write: "ilp" });
  return {
    relay,
    terminal: paidTerminal({ relay, signer, priceUnitsPerByte: 10n, kindPrices }),
    pubkey,
  };
}

/** As the event's author makes it. */
async function prepareOf(data: Uint8Array, terminal: string, author = 1): Promise<Prepare> {
  const signer = await signerOf(author);
  const [fulfilment] = await signer.packetFulfilments([
    { peer: terminal, dataSha256: dataSha256(data) },
  ]);
  return {
    amount: BigInt(data.byteLength) * 10n,
    expiresAtMs: Date.now() + 30_000,
    condition: conditionOf(fulfilment!),
    destination: "g.dev.relay",
    data,
  };
}

function rejected(inspection: Inspection): { code: string; message: string; data?: Uint8Array } {
  assert.ok("reject" in inspection, "expected a refusal");
  return inspection.reject;
}

Deno.test("paidTerminal() stores a paid event once and answers with the fulfilment its author expects", async () => {
  const { relay, terminal, pubkey } = await rig();
  await using _relay = relay;
  const written = event({ kind: 5600, content: "job", tags: [["t", "echo"]] });
  const prepare = await prepareOf(encodeToon(written, "1.4"), pubkey);
  const obligation = `write:${written.id}`;
  assert.deepEqual(await terminal.inspect(prepare), { obligation });
  assert.equal(relay.status().events, 0, "inspect has no effect");
  for (const result of ["stored", "duplicate"]) {
    const effect = await terminal.effect(prepare, obligation);
    assert.ok("fulfilment" in effect);
    assert.ok(fulfils(effect.fulfilment, prepare.condition));
    assert.deepEqual(JSON.parse(new TextDecoder().decode(effect.data)), {
      event_id: written.id,
      result,
    });
  }
  assert.deepEqual(
    await terminal.inspect(prepare),
    { obligation },
    "already paid is the receiver's to say",
  );
  assert.equal(relay.status().events, 1);
});

for (
  const { name, change, code, events } of [
    {
      name: "other bytes of its form",
      change: (bytes: Uint8Array) => bytes,
      code: "stored",
      events: 1,
    },
    {
      name: "a changed content",
      change: (bytes: Uint8Array) =>
        new TextEncoder().encode(new TextDecoder().decode(bytes).replace("paid", "free")),
      code: "bad_id",
      events: 0,
    },
  ]
) {
  Deno.test(`startRelayServer() judges ${name} by itself, under an id that was checked before`, async () => {
    const { relay } = await rig();
    await using _relay = relay;
    const checked = event({ content: "paid" });
    assert.equal((await relay.check(encodeToon(checked, "1.4"))).result, "new");
    const written = await relay.write(change(json(checked)), checked.id);
    assert.equal(written.code, code);
    assert.equal(relay.status().events, events);
    assert.equal(
      (await relay.write(encodeToon(checked, "1.4"), checked.id)).result,
      events === 1 ? "duplicate" : "stored",
    );
  });
}

Deno.test("startRelayServer() checks the time again when it writes a checked event", async () => {
  let aheadMs = 0;
  await using relay = await startRelayServer({
    file: ":memory:",
    write: "ilp",
    clock: () => Date.now() + aheadMs,
    identity: {
      name: "r",
      description: "",
      pubkey: "a".repeat(64),
      ilpAddress: null,
      priceUnitsPerByte: 0n,
      asset: { code: "M2M", scale: 6 },
      version: "0",
    },
  });
  const expiresAtS = Math.floor(Date.now() / 1_000) + 600;
  const short = event({ tags: [["expiration", String(expiresAtS)]] });
  assert.equal((await relay.check(json(short))).result, "new");
  aheadMs = 601_000;
  assert.equal((await relay.write(json(short), short.id)).code, "expired");
});

Deno.test("paidTerminal() takes the content's own condition, as the crosstown wire has it", async () => {
  const { relay, terminal } = await rig();
  await using _relay = relay;
  const written = event({ kind: 1, content: "hi" });
  const data = encodeToon(written, "1.4");
  const prepare: Prepare = {
    amount: BigInt(data.byteLength) * 10n,
    expiresAtMs: Date.now() + 30_000,
    condition: conditionOf(contentFulfilment(data)),
    destination: "g.dev.relay",
    data,
  };
  const obligation = `write:${written.id}`;
  assert.deepEqual(await terminal.inspect(prepare), { obligation });
  const effect = await terminal.effect(prepare, obligation);
  assert.ok("fulfilment" in effect);
  assert.deepEqual(effect.fulfilment, contentFulfilment(data));
  assert.equal(relay.status().events, 1);
});

Deno.test("paidTerminal() prices a kind by its own price where it has one, and takes a free one for nothing", async () => {
  const { relay, terminal, pubkey } = await rig({ 5600: 3n, 20_001: 0n });
  await using _relay = relay;
  for (
    const { kind, perByte } of [
      { kind: 5600, perByte: 3n },
      { kind: 20_001, perByte: 0n },
      { kind: 1, perByte: 10n },
    ]
  ) {
    const written = event({ kind, content: "by kind" });
    const made = await prepareOf(encodeToon(written, "1.4"), pubkey);
    const amount = BigInt(made.data.byteLength) * perByte;
    assert.deepEqual(await terminal.inspect({ ...made, amount }), {
      obligation: `write:${written.id}`,
    });
    if (amount === 0n) continue;
    const short = rejected(await terminal.inspect({ ...made, amount: amount - 1n }));
    assert.equal(short.code, "F04");
    assert.deepEqual(JSON.parse(new TextDecoder().decode(short.data)), {
      required: String(amount),
      received: String(amount - 1n),
      price_units_per_byte: String(perByte),
    });
  }
});

Deno.test("paidTerminal() accepts the payment again after a crash, although the event is gone by then", async () => {
  const { relay, terminal, pubkey } = await rig();
  await using _relay = relay;
  const written = event({ content: "soon deleted" });
  const prepare = await prepareOf(json(written), pubkey);
  await terminal.effect(prepare, `write:${written.id}`);
  await relay.write(json(event({ kind: 5, tags: [["e", written.id]] })));
  const effect = await terminal.effect(prepare, `write:${written.id}`);
  assert.ok("fulfilment" in effect && fulfils(effect.fulfilment, prepare.condition));
});

Deno.test("paidTerminal() answers an underpaid write with F04 and the price", async (t) => {
  const { relay, terminal, pubkey } = await rig();
  await using _relay = relay;
  const data = json(event());
  const required = data.byteLength * 10;
  const cases = [
    { name: "a unit short", amount: BigInt(required - 1), data, required },
    { name: "a probe", amount: 0n, data, required },
    { name: "a probe without data", amount: 0n, data: new Uint8Array(0), required: 0 },
    { name: "a probe with anything", amount: 0n, data: new Uint8Array(5), required: 50 },
  ];
  for (const { name, amount, data, required } of cases) {
    await t.step(name, async () => {
      const prepare = { ...await prepareOf(data, pubkey), amount };
      const { code, data: told } = rejected(await terminal.inspect(prepare));
      assert.equal(code, "F04");
      assert.deepEqual(JSON.parse(new TextDecoder().decode(told)), {
        required: String(required),
        received: String(amount),
        price_units_per_byte: "10",
      });
    });
  }
});

Deno.test("paidTerminal() refuses what it will not store before anything is paid", async (t) => {
  const { relay, terminal, pubkey } = await rig();
  await using _relay = relay;
  const good = event({ content: "good" });
  const deleted = event({ content: "deleted" });
  await relay.write(json(deleted));
  await relay.write(json(event({ kind: 5, tags: [["e", deleted.id]] })));
  const cases: { name: string; data: Uint8Array; code: string; words: RegExp }[] = [
    { name: "no event", data: new TextEncoder().encode("hello"), code: "F06", words: /malformed/ },
    { name: "forged content", data: json({ ...good, content: "x" }), code: "F06", words: /bad_id/ },
    {
      name: "forged signature",
      data: json({ ...good, sig: deleted.sig }),
      code: "F06",
      words: /bad_signature/,
    },
    { name: "deleted", data: json(deleted), code: "F00", words: /deleted/ },
    {
      name: "expired",
      data: json(event({ tags: [["expiration", "1"]] })),
      code: "F00",
      words: /expired/,
    },
    { name: "too large", data: new Uint8Array(70_000), code: "F08", words: /70000 bytes/ },
  ];
  for (const { name, data, code, words } of cases) {
    await t.step(name, async () => {
      const refusal = rejected(await terminal.inspect(await prepareOf(data, pubkey)));
      assert.equal(refusal.code, code);
      assert.match(refusal.message, words);
    });
  }
  await t.step("another author's condition", async () => {
    const refusal = rejected(await terminal.inspect(await prepareOf(json(good), pubkey, 2)));
    assert.equal(refusal.code, "F05");
  });
  await t.step("another obligation", async () => {
    const effect = await terminal.effect(await prepareOf(json(good), pubkey), "write:other");
    assert.ok("reject" in effect);
  });
  assert.equal(relay.status().events, 1);
});

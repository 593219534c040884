import assert from "node:assert/strict";
import type { NostrEvent, UnsignedEvent } from "../../protocols/nostr/event.ts";
import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import { createKeySigner } from "../../money/signer/key_signer.ts";
import { definition, eventSigner, type EventSignerServices } from "../../stages/event_signer.ts";
import type { Batch, Item } from "../../stages/stage.ts";
import { generateSecretKey } from "../runtime/keys.ts";
import { stageContract } from "./stage_contract.ts";
import { surroundings } from "./surroundings.ts";

const nostrKey = generateSecretKey();
const pubkey = publicKeyOf(nostrKey);
const signer = await createKeySigner({
  nostrKey,
  paymentKey: generateSecretKey(),
  ceilings: { perPacketUnits: 1n, perChannelUnits: 1n, perHourUnits: 1n, perDayUnits: 1n },
  allow: [],
  snapshot: "first",
  clock: () => Date.now(),
});
const unsigned: UnsignedEvent = {
  kind: 5600,
  created_at: 17,
  tags: [["i", "hello", "text"]],
  content: "",
  pubkey,
};
const signed = signEvent(unsigned, nostrKey, new Uint8Array(32));
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const document = (bytes: Uint8Array) => ({ bytes, known: { outbox_id: 1 } });

const table: readonly {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly outcome: string;
}[] = [
  { name: "unsigned", bytes: encode(unsigned), outcome: "ok" },
  { name: "signed, JSON", bytes: encode(signed), outcome: "ok" },
  { name: "signed, TOON", bytes: encodeToon(signed, "1.4"), outcome: "ok" },
  {
    name: "signed, then changed",
    bytes: encode({ ...signed, content: "x" }),
    outcome: "bad_signature",
  },
  {
    name: "of somebody else",
    bytes: encode({ ...unsigned, pubkey: publicKeyOf(generateSecretKey()) }),
    outcome: "foreign_pubkey",
  },
  { name: "no kind", bytes: encode({ ...unsigned, kind: undefined }), outcome: "bad_event" },
  { name: "no event", bytes: encode([1]), outcome: "bad_event" },
  { name: "no document", bytes: new Uint8Array([0xff]), outcome: "bad_event" },
];

async function run(services: EventSignerServices, items: readonly Item[]): Promise<Batch> {
  await using at = await surroundings();
  const stage = await eventSigner({}, services, at.context);
  const writer = stage.writable.getWriter();
  void writer.write(items).then(() => writer.close());
  return (await Array.fromAsync(stage.readable)).flat();
}

Deno.test("eventSigner() signs, verifies, and sets id, author and kind of good events among bad ones", async () => {
  const items = table.map(({ bytes }, seq) => ({ seq, ...document(bytes) }));
  const out = await run({ signer }, items);
  assert.deepEqual(out.map(({ refusal }) => refusal?.code ?? "ok"), table.map((e) => e.outcome));
  const verifier = await createVerifier();
  for (const item of out.filter(({ refusal }) => refusal === undefined)) {
    const event = JSON.parse(new TextDecoder().decode(item.bytes)) as NostrEvent;
    assert.equal(verifier.verify(event), "ok");
    assert.deepEqual(item.known, {
      outbox_id: 1,
      id: event.id,
      pubkey,
      kind: 5600,
      encoding: "json",
    });
  }
  assert.ok(out.filter(({ refusal }) => refusal).every(({ bytes }) => bytes.length === 0));
});

const FAULTS: readonly {
  readonly name: string;
  readonly sign: (events: readonly UnsignedEvent[]) => Promise<NostrEvent[]>;
  readonly outcomes: readonly string[];
}[] = [
  {
    name: "a signer that gives another event",
    sign: (events) => Promise.resolve(events.map(() => ({ ...signed, content: "other" }))),
    outcomes: ["bad_signature", "signer_failed"],
  },
  {
    name: "a signer that gives another author's event",
    sign: (events) => {
      const secret = generateSecretKey();
      const author = publicKeyOf(secret);
      return Promise.resolve(
        events.map((event) => signEvent({ ...event, pubkey: author }, secret, new Uint8Array(32))),
      );
    },
    outcomes: ["signer_failed", "signer_failed"],
  },
  {
    name: "a signer that gives too few",
    sign: () => Promise.resolve([]),
    outcomes: ["signer_failed", "signer_failed"],
  },
  {
    name: "a signer that fails without a code",
    sign: () => Promise.reject(new Error("gone")),
    outcomes: ["signer_failed", "signer_failed"],
  },
  {
    name: "one refused of two",
    sign: (events) =>
      events.length > 1 || events[0].kind === 5601
        ? Promise.reject(Object.assign(new Error("no"), { code: "bad_field" }))
        : Promise.resolve(
          events.map((event) => signEvent(event, nostrKey, new Uint8Array(32))),
        ),
    outcomes: ["ok", "bad_field"],
  },
];
for (const { name, sign, outcomes } of FAULTS) {
  Deno.test(`eventSigner() ${name}: ${outcomes.join(", ")}`, async () => {
    const out = await run({ signer: { signEvents: sign } }, [
      { seq: 0, ...document(encode(unsigned)) },
      { seq: 1, ...document(encode({ ...unsigned, kind: 5601 })) },
    ]);
    assert.deepEqual(out.map(({ refusal }) => refusal?.code ?? "ok"), outcomes);
  });
}

stageContract(definition, {
  options: {},
  services: () => ({ signer }),
  bytes: "made",
  cases: table.map(({ name, bytes, outcome }) => ({
    name,
    items: [document(bytes)],
    outcomes: [outcome],
  })),
});

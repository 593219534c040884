import assert from "node:assert/strict";
import { eventId } from "../../protocols/nostr/event_id.ts";
import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import { definition, eventVerifier } from "../../stages/event_verifier.ts";
import type { Batch, StageContext } from "../../stages/stage.ts";
import { generateSecretKey } from "../runtime/keys.ts";
import { stageContract } from "./stage_contract.ts";

const secret = generateSecretKey();
const pubkey = publicKeyOf(secret);
const unsigned = { kind: 5050, created_at: 17, tags: [["i", "x\ny"]], content: "hello", pubkey };
const event = signEvent(unsigned, secret, new Uint8Array(32));
const encode = (text: string) => new TextEncoder().encode(text);
const json = (value: unknown) => ({ bytes: encode(JSON.stringify(value)), known: {} });
const toon = { bytes: encodeToon(event, "1.4"), known: { kind: 5050 } };

const changed = { ...event, content: "hullo" };
const foreign = publicKeyOf(generateSecretKey());
/** Each is an event as a hostile relay sends it. */
const table = [
  { name: "signed, TOON", document: toon, outcome: "ok" },
  { name: "signed, JSON", document: json(event), outcome: "ok" },
  { name: "content changed", document: json(changed), outcome: "bad_id" },
  {
    name: "content changed and the id computed anew",
    document: json({ ...changed, id: eventId(changed) }),
    outcome: "bad_signature",
  },
  {
    name: "another author",
    document: json({ ...event, pubkey: foreign, id: eventId({ ...unsigned, pubkey: foreign }) }),
    outcome: "bad_signature",
  },
  {
    name: "signature of zeros",
    document: json({ ...event, sig: "0".repeat(128) }),
    outcome: "bad_signature",
  },
  {
    name: "author that is no point of the curve",
    document: json({ ...event, pubkey: "f".repeat(64) }),
    outcome: "bad_id",
  },
  { name: "no signature", document: json({ ...event, sig: undefined }), outcome: "bad_shape" },
  {
    name: "id in capitals",
    document: json({ ...event, id: event.id.toUpperCase() }),
    outcome: "bad_shape",
  },
  {
    name: "tags that are numbers",
    document: json({ ...event, tags: [[1]] }),
    outcome: "bad_shape",
  },
  { name: "a list", document: json([event]), outcome: "undecodable" },
  {
    name: "another kind than was extracted",
    document: { ...json(event), known: { kind: 1 } },
    outcome: "bad_shape",
  },
  {
    name: "no document",
    document: { bytes: encode('{"kind":1'), known: {} },
    outcome: "undecodable",
  },
  {
    name: "malformed TOON",
    document: { bytes: encode("tags[3]: a"), known: {} },
    outcome: "undecodable",
  },
  {
    name: "a key twice",
    document: { bytes: encode(JSON.stringify(event).replace("{", '{"kind":1,')), known: {} },
    outcome: "undecodable",
  },
  {
    name: "nested deeply",
    document: { bytes: encode('{"a":'.repeat(9000)), known: {} },
    outcome: "undecodable",
  },
  {
    name: "not UTF-8",
    document: { bytes: new Uint8Array([0x7b, 0xff]), known: {} },
    outcome: "undecodable",
  },
  {
    name: "too large",
    document: { bytes: new Uint8Array(65_537), known: {} },
    outcome: "undecodable",
  },
];

stageContract(definition, {
  cases: [{
    name: "good beside bad",
    items: table.map(({ document }) => document),
    outcomes: table.map(({ outcome }) => outcome),
  }],
});

async function verify(document: { bytes: Uint8Array; known: Record<string, string | number> }) {
  const context = { count: () => {} } as unknown as StageContext;
  const { readable, writable } = await eventVerifier({}, {}, context);
  writable.getWriter().write([{ seq: 0, ...document }]);
  const { value } = await readable.getReader().read();
  return (value as Batch)[0];
}

for (const { name, document, outcome } of table) {
  Deno.test(`eventVerifier() judges ${name}: ${outcome}`, async () => {
    const item = await verify(document);
    assert.equal(item.refusal?.code ?? "ok", outcome);
    if (outcome !== "ok") return assert.equal(item.bytes.length, 0);
    const { id } = event;
    assert.deepEqual(item.known, { kind: 5050, id, pubkey, created_at: 17 });
    assert.equal(item.bytes, document.bytes);
  });
}

/** What relays of the Crosstown network do in addition to the NIPs. */
import assert from "node:assert/strict";
import { encodeToon } from "../../../../protocols/toon/encode.ts";
import { type Clause, kept, made, next } from "./clause.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

export const CROSSTOWN_WIRE: readonly Clause[] = [
  kept("wire", "`?format=toon`: events as TOON text, byte for byte as they came", async (at) => {
    const toon = encodeToon(made({ content: 'a: "b"\n', ago: 1 }), "1.4");
    await at.relay.write(toon);
    using client = await at.connect("?format=toon");
    assert.deepEqual(await client.stored("s", {}), [text(toon)]);
    // Another order of the fields than any encoder of ours has.
    const lines = text(encodeToon(made({ content: "live" }), "1.4")).split("\n");
    const live = new TextEncoder().encode(lines.reverse().join("\n"));
    await at.relay.write(live);
    await next(client, ["EVENT", "s", text(live)]);
  }),
  kept(
    "wire",
    "`?format=toon`: events that came as JSON are encoded by the rules that peers pin",
    async (at) => {
      const one = made();
      await at.write(one);
      using client = await at.connect("?format=toon");
      assert.deepEqual(await client.stored("s", {}), [text(encodeToon(one, "1.4"))]);
    },
  ),
  kept("wire", "`?format=json` on a relay that delivers TOON, and no other format", async (at) => {
    const one = made();
    await at.relay.write(encodeToon(one, "1.4"));
    using client = await at.connect("?format=json");
    assert.deepEqual(await client.stored("s", {}), [one]);
    assert.equal(typeof (await at.client.stored("s", {}))[0], "string");
    await assert.rejects(at.connect("?format=xml"), /400/);
  }, { delivery: "toon" }),
  kept("wire", "NOTICE has the network's wording", async (at) => {
    const cases = [
      ["{", "error: invalid JSON"],
      ["{}", "error: invalid message format, expected JSON array"],
      ['["PING"]', "error: unknown message type: PING"],
      ['["REQ","",{}]', "error: invalid subscription id"],
    ];
    for (const [sent, words] of cases) {
      at.client.sendText(sent!);
      await next(at.client, ["NOTICE", words]);
    }
  }),
  kept(
    "wire",
    "a connection above the limit is closed with 1013 `max connections reached`",
    async (at) => {
      using other = await at.connect();
      assert.equal(await other.closed, "1013 max connections reached");
    },
    { limits: { maxConnections: 1 } },
  ),
];

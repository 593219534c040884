/** A relay session at a relay that behaves as strfry does: NIP-42 behind an ERROR, pages of 500. */
import assert from "node:assert/strict";
import { openRelaySession } from "../../../peers/relay/open_relay_session.ts";
import { BUYER, NOW_S, PROVIDER, signed } from "../../market/market.ts";
import { StrfryLike } from "./strfry_like.ts";

const KINDS = [6600, 6601, 6602, 7000];

/** Reads all stored events; returns their number and the notes about the relay. */
async function readAll(relay: StrfryLike, kinds: readonly number[]) {
  const said: string[] = [];
  using session = openRelaySession({
    url: relay.url,
    signer: {
      identity: () => Promise.resolve({ pubkey: BUYER, paymentAddress: "0x" }),
      signEvents: (events) => Promise.resolve(events.map((event) => signed(event, BUYER))),
    },
    log: (_level, msg) => void said.push(msg),
  });
  const ids = new Set<string>();
  for await (const batch of session.subscribe([{ kinds }]).deliveries) {
    for (const delivery of batch) {
      if (delivery.type === "eose") return { count: ids.size, said };
      ids.add(JSON.parse(new TextDecoder().decode(delivery.bytes)).id);
    }
  }
  throw new Error("the subscription ended");
}

function fill(relay: StrfryLike, count: number, kindOf: (n: number) => number): void {
  for (let n = 0; n < count; n++) {
    const template = { kind: kindOf(n), created_at: NOW_S, tags: [["n", String(n)]], content: "" };
    relay.store(signed(template, PROVIDER));
  }
}

Deno.test("a session loses none of 700 events in one second at a relay with pages of 500 and NIP-42", async () => {
  await using relay = await StrfryLike.start({ auth: true });
  fill(relay, 700, (n) => KINDS[n % 4]!);
  const { count, said } = await readAll(relay, KINDS);
  assert.equal(count, 700);
  assert.ok(!said.some((each) => /cannot be read completely/.test(each)));
  assert.deepEqual(relay.proven, [BUYER]);
});

Deno.test("a session says that a relay cannot be read completely, where no filter narrows a second", async () => {
  await using relay = await StrfryLike.start();
  fill(relay, 700, () => 6600);
  const { count, said } = await readAll(relay, [6600]);
  assert.equal(count, 500);
  assert.equal(said.filter((each) => /^relay cannot be read completely/.test(each)).length, 1);
});

import assert from "node:assert/strict";
import { encodeToon } from "../../../protocols/toon/encode.ts";
import { conditionOf, contentFulfilment } from "../../../protocols/ilp/condition.ts";
import type { Prepare } from "../../../protocols/ilp/packet.ts";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import { spspTerminal } from "../../../network/relay/spsp_terminal.ts";
import type { Terminal } from "../../../money/receiver/terminal.ts";
import { askBySpsp } from "../../../market/terms/spsp_requester.ts";
import { spspResponder } from "../../../market/terms/spsp_responder.ts";
import { ADDRESS, nowS, PAYER, TOWN, verifier } from "../../market/terms/parties.ts";
import { startMs } from "../../money/signer/fixtures.ts";

const CHAIN = "evm:84532";
const settlement = {
  supportedChains: [CHAIN],
  settlementAddresses: { [CHAIN]: ADDRESS },
  preferredTokens: {},
  tokenNetworks: {},
};

/** The terminal over one that records its packets and accepts all with an amount of 100. */
function terminalOf() {
  const reached: string[] = [];
  const beneath: Terminal = {
    inspect: ({ amount }) => {
      reached.push("inspect");
      return Promise.resolve(
        amount >= 100n
          ? { obligation: "write:x" }
          : { reject: { code: "F04", message: "Insufficient payment" } },
      );
    },
    effect: () => {
      reached.push("effect");
      return Promise.resolve({ reject: { code: "F00", message: "beneath" } });
    },
  };
  const responder = spspResponder({
    signer: TOWN.signer,
    ilpAddress: "g.town",
    settlement,
    settlementTimeoutS: 86_400,
    clock: () => startMs,
    uuid: () => crypto.randomUUID(),
    random: (bytes) => new Uint8Array(bytes),
  });
  return { reached, terminal: spspTerminal(beneath, { responder, verifier, signer: TOWN.signer }) };
}

function packet(data: Uint8Array, amount: bigint): Prepare {
  return {
    amount,
    expiresAtMs: startMs + 30_000,
    condition: conditionOf(contentFulfilment(data)),
    destination: "g.town",
    data,
  } as Prepare;
}

/** Asks with a packet of that amount; also returns the packet that carries the answer. */
async function askThrough(terminal: Terminal, amount: bigint) {
  let carried = "";
  const { offer } = await askBySpsp({
    signer: PAYER.signer,
    peerPubkey: TOWN.pubkey,
    chainId: 84_532,
    offer: { ...settlement, ilpAddress: null },
    ways: {
      byRelay: null,
      byIlp: async (request: NostrEvent) => {
        const prepare = packet(encodeToon(request, "1.4"), amount);
        const inspection = await terminal.inspect(prepare);
        if ("reject" in inspection) {
          carried = `REJECT ${inspection.reject.code}`;
          if (!inspection.reject.data) throw new Error(inspection.reject.message);
          return inspection.reject.data;
        }
        const effect = await terminal.effect(prepare, inspection.obligation);
        if ("reject" in effect) throw new Error(effect.reject.message);
        carried = "FULFILL";
        return effect.data;
      },
    },
    verifier,
    clock: () => startMs,
    uuid: () => crypto.randomUUID(),
    timers: { now: () => startMs, after: () => () => {} },
  });
  return { offer, carried };
}

for (const [amount, carrier] of [[0n, "REJECT F99"], [100n, "FULFILL"]] as const) {
  Deno.test(`a request in a packet of ${amount} is answered in the ${carrier}`, async () => {
    const { terminal } = terminalOf();
    const { offer, carried } = await askThrough(terminal, amount);
    assert.equal(carried, carrier);
    assert.equal(offer.settlementAddress, ADDRESS);
    assert.equal(offer.ilpAddress, "g.town");
  });
}

Deno.test("an underpaid request is refused by the terminal beneath", async () => {
  const { terminal, reached } = terminalOf();
  await assert.rejects(askThrough(terminal, 99n), /Insufficient payment/);
  assert.deepEqual(reached, ["inspect", "inspect"], "once each try");
});

Deno.test("a packet that is not a request reaches the terminal beneath, whatever it looks like", async () => {
  const { terminal, reached } = terminalOf();
  const request = await PAYER.sign({
    kind: 23_194,
    created_at: nowS,
    tags: [["p", TOWN.pubkey]],
    content: "x",
  });
  const cases = [
    new Uint8Array(),
    encodeToon({ ...request, kind: 1 }, "1.4"),
    encodeToon({ ...request, sig: "0".repeat(128) }, "1.4"),
    new TextEncoder().encode("kind: 23194\n"),
    encodeToon({ ...request, content: "x".repeat(20_000) }, "1.4"),
  ];
  for (const data of cases) await terminal.inspect(packet(data, 0n));
  assert.equal(reached.length, cases.length);
  const undecryptable = await terminal.inspect(packet(encodeToon(request, "1.4"), 0n));
  assert.deepEqual(undecryptable, {
    reject: { code: "F00", message: "the request gets no answer" },
  });
});

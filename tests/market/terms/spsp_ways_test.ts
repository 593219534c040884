import { WIRE_NAMES } from "../../../protocols/wires/names.ts";
import assert from "node:assert/strict";
import { spspTerminal } from "../../../network/relay/spsp_terminal.ts";
import { startRelayServer } from "../../../network/relay/relay_server.ts";
import { wireOf } from "../../../protocols/wires/wires.ts";
import { type NostrEvent, parseEvent, type VerifiedEvent } from "../../../protocols/nostr/event.ts";
import { decodeDocument } from "../../../protocols/toon/decode.ts";
import { systemTimers } from "../../../base/timers.ts";
import { askBySpsp, type SpspWays } from "../../../market/terms/spsp_requester.ts";
import { type SpspResponder, spspResponder } from "../../../market/terms/spsp_responder.ts";
import { spspByIlp, spspByRelay } from "../../../market/terms/spsp_ways.ts";
import { openRelaySession } from "../../../peers/relay/open_relay_session.ts";
import { rig } from "../../network/connector/rig.ts";
import { countingTerminal } from "../../network/connector/counting_terminal.ts";
import { ADDRESS, PAYER, STRANGER, TOWN, verifier } from "./parties.ts";

const CHAIN = "evm:84532";

function responderOf(party: typeof TOWN): SpspResponder {
  return spspResponder({
    signer: party.signer,
    ilpAddress: "test.hub.relay",
    settlement: {
      supportedChains: [CHAIN],
      settlementAddresses: { [CHAIN]: ADDRESS },
      preferredTokens: {},
      tokenNetworks: {},
    },
    settlementTimeoutS: 86_400,
    clock: Date.now,
    uuid: () => crypto.randomUUID(),
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
  });
}

const ask = (ways: Partial<SpspWays>) =>
  askBySpsp({
    signer: PAYER.signer,
    peerPubkey: TOWN.pubkey,
    chainId: 84_532,
    offer: {
      ilpAddress: null,
      supportedChains: [CHAIN],
      settlementAddresses: {},
      preferredTokens: {},
      tokenNetworks: {},
    },
    ways: { byIlp: null, byRelay: null, ...ways },
    verifier,
    clock: Date.now,
    uuid: () => crypto.randomUUID(),
    timers: systemTimers,
  });

for (const wire of WIRE_NAMES) {
  Deno.test(`SPSP by ILP through a real connector on the ${wire} wire`, async () => {
    const terminal = spspTerminal(countingTerminal(), {
      responder: responderOf(TOWN),
      verifier,
      signer: TOWN.signer,
    });
    await using hub = await rig({}, undefined, undefined, { terminals: { relay: terminal } });
    const { url } = hub.connector;
    using way = spspByIlp({
      connectorBtp: url,
      auth: { username: "buyer", token: "buyer token" },
      wire: wireOf(wire),
      destination: "test.hub.relay",
    }, { timers: systemTimers, random: () => 0, log: () => {} });
    const answer = await ask({ byIlp: way.send });
    assert.equal(answer.way, "ilp");
    assert.equal(answer.offer.settlementAddress, ADDRESS);
    assert.equal(answer.offer.ilpAddress, "test.hub.relay");
  });
}

Deno.test("SPSP by ILP reports the reason: no sign-in, no route, or a terminal without SPSP", async () => {
  await using hub = await rig();
  const { url } = hub.connector;
  const cases = [
    { token: "wrong", destination: "test.hub.relay", why: /refuses our sign-in/ },
    { token: "buyer token", destination: "test.elsewhere", why: /F02/ },
  ];
  for (const { token, destination, why } of cases) {
    using way = spspByIlp({
      connectorBtp: url,
      auth: { username: "buyer", token },
      wire: wireOf("interledger"),
      destination,
    }, { timers: systemTimers, random: () => 0, log: () => {} });
    await assert.rejects(ask({ byIlp: way.send }), (error: Error) => {
      assert.equal((error as { code?: string }).code, "no_answer");
      assert.match(error.message, why);
      return true;
    });
  }
});

/** A real relay with free writes, where these parties answer the requests that they get. */
async function relayWith(parties: readonly (typeof TOWN)[], write: "nostr" | "ilp" = "nostr") {
  const relay = await startRelayServer({
    file: ":memory:",
    write,
    identity: {
      name: "r",
      description: "",
      pubkey: TOWN.pubkey,
      ilpAddress: "test.r",
      priceUnitsPerByte: 0n,
      asset: { code: "M2M", scale: 6 },
      version: "0",
    },
  });
  const stack = new AsyncDisposableStack();
  stack.defer(() => relay.close());
  for (const party of parties) {
    // The stranger answers requests that are addressed to the town, as far as it can.
    const respond = responderOf(party);
    const session = openRelaySession({ url: relay.url, signer: TOWN.signer });
    stack.defer(() => session.close());
    const { deliveries } = session.subscribe([{ kinds: [23_194], "#p": [TOWN.pubkey] }]);
    const reader = deliveries.getReader();
    let live!: () => void;
    const listening = new Promise<void>((resolve) => live = resolve);
    const hear = async () => {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        for (const delivery of value) {
          if (delivery.type === "eose") live();
          else {
            const request = parseEvent(decodeDocument(delivery.bytes).event);
            const answer = party === TOWN
              ? await respond(request as VerifiedEvent)
              : await forged(request, party);
            if (answer !== null) await session.publish(answer);
          }
        }
      }
    };
    void hear().catch(() => undefined);
    await listening;
  }
  return { url: relay.url, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function forged(request: NostrEvent, by: typeof TOWN): Promise<NostrEvent> {
  return by.sign({
    kind: 23_195,
    created_at: request.created_at,
    tags: [["p", request.pubkey], ["e", request.id]],
    content: "AgAA",
  });
}

Deno.test("SPSP over a real relay: the pinned key's answer counts, and a stranger's does not", async () => {
  await using relay = await relayWith([STRANGER, TOWN]);
  using session = openRelaySession({ url: relay.url, signer: PAYER.signer });
  const answer = await ask({ byRelay: spspByRelay(session) });
  assert.equal(answer.way, "relay");
  assert.equal(answer.offer.pubkey, TOWN.pubkey);
  assert.equal(answer.offer.settlementAddress, ADDRESS);
});

Deno.test("SPSP over a relay that sells its writes reports that at once", async () => {
  await using relay = await relayWith([], "ilp");
  using session = openRelaySession({ url: relay.url, signer: PAYER.signer });
  await assert.rejects(ask({ byRelay: spspByRelay(session) }), {
    code: "no_answer",
    message: /writes require ILP payment/,
  });
});

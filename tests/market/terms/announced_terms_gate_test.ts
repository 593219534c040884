/** The check before a payment over a connector whose terms were accepted. */
import assert from "node:assert/strict";
import {
  type IlpPeerInfoFields,
  ilpPeerInfoTemplate,
} from "../../../protocols/nostr/ilp_peer_info.ts";
import type { VerifiedEvent } from "../../../protocols/nostr/event.ts";
import { announcedTermsGate, type GateDeps } from "../../../market/terms/announced_terms_gate.ts";
import type { Store } from "../../../store/store.ts";
import { ADDRESS, NETWORK, nowS, OTHER_ADDRESS, TOWN } from "./parties.ts";

const CHAIN = "evm:84532";
const INFO: IlpPeerInfoFields = {
  ilpAddress: "g.east",
  btpEndpoint: "wss://east.example",
  assetCode: "M2M",
  assetScale: 6,
  supportedChains: [CHAIN],
  settlementAddresses: { [CHAIN]: ADDRESS },
};
const EAST = {
  name: "east",
  url: "btp+wss://east.example/",
  auth: null,
  peerAddress: ADDRESS,
  reaches: ["g.east"],
  peerRule: "credit",
  publicOnly: true,
  announced: { pubkey: TOWN.pubkey, createdAtS: nowS, expiresAtS: nowS + 600 },
} as const;

const NETWORK_OF = {
  network: "n",
  chain: { chainId: 84_532, tokenNetworkAddress: NETWORK, tokenAddress: null },
};

/** A home with a store and relays; its clock moves by hand. */
function world() {
  const cursors = new Map<string, string>();
  const state = {
    nowS,
    asked: 0,
    lines: [] as string[],
    event: null as VerifiedEvent | null,
    answer: null as Promise<VerifiedEvent | null> | null,
    timeouts: [] as (() => void)[],
  };
  const store: Pick<Store, "cursor" | "commit"> = {
    cursor: (name) => Promise.resolve(cursors.get(name) ?? null),
    commit: (changes) => {
      for (const change of changes) {
        if (change.op === "setCursor") cursors.set(change.name, change.value);
      }
      return Promise.resolve();
    },
  };
  const deps: GateDeps = {
    store,
    relayReader: {
      peerInfo: () => {
        state.asked++;
        return state.answer ?? Promise.resolve(state.event);
      },
    },
    timers: {
      now: () => state.nowS * 1_000,
      after: (_ms, task) => {
        state.timeouts.push(task);
        return () => {};
      },
    },
    log: (_level, msg) => void state.lines.push(msg),
  };
  const gate = () => announcedTermsGate(NETWORK_OF, deps)(EAST).barred!;
  const announce = async (change: Partial<IlpPeerInfoFields> = {}) => {
    state.event = await TOWN.sign(ilpPeerInfoTemplate({ ...INFO, ...change }, state.nowS));
  };
  return { state, store, deps, gate, announce };
}

Deno.test("announcedTermsGate() bars payments after the terms expired, and lets them pass after a renewal, also in a later process", async () => {
  const { state, gate, announce } = world();
  const barred = gate();
  assert.equal(await barred(), null);
  state.nowS += 601;
  assert.match(await barred() ?? "", /expired/);
  await announce();
  // It asks once a minute.
  assert.match(await barred() ?? "", /expired/);
  state.nowS += 60;
  assert.equal(await barred(), null);
  assert.equal(state.asked, 3);
  assert.deepEqual(state.lines, ["a connector is not used for new payments"]);
  state.event = null;
  assert.equal(await gate()(), null);
});

Deno.test("announcedTermsGate() bars payments when the terms changed, also in a later process whose relays hide that", async () => {
  const { state, gate, announce } = world();
  const barred = gate();
  assert.equal(await barred(), null);
  state.nowS += 60;
  await announce({ settlementAddresses: { [CHAIN]: OTHER_ADDRESS } });
  assert.match(await barred() ?? "", /settlement address changed/);
  state.event = null;
  assert.match(await gate()() ?? "", /settlement address changed/);
});

Deno.test("announcedTermsGate() goes by what it has seen while relays do not answer, and asks them once for all payments", async () => {
  const { state, gate } = world();
  state.answer = new Promise(() => {});
  const barred = gate();
  const both = Promise.all([barred(), barred()]);
  for (let turns = 0; turns < 1_000 && state.timeouts.length < 2; turns++) await Promise.resolve();
  state.timeouts.forEach((expire) => expire());
  assert.deepEqual(await both, [null, null]);
  assert.equal(state.asked, 1);
});

Deno.test("announcedTermsGate() bars payments where the store cannot be read, and checks no connector of the configuration", async () => {
  const { state, gate, store } = world();
  store.cursor = () => Promise.reject(new Error("disk"));
  assert.match(await gate()() ?? "", /cannot be read: disk/);
  assert.equal(state.asked, 0);
  const { announced: _, ...stated } = EAST;
  assert.deepEqual(announcedTermsGate(NETWORK_OF, world().deps)(stated), {});
});

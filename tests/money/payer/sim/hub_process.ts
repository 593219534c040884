/** The connector of the simulation: it forwards to the terminal, and writes off what the terminal answers too late. */
import { interledgerWire } from "../../../../protocols/wires/interledger/wire.ts";
import { NO_FEE } from "../../../../protocols/ilp/fee.ts";
import { Payer } from "../../../../money/payer/payer.ts";
import { WriteOffs } from "../../../../money/payer/write_offs.ts";
import { Receiver } from "../../../../money/receiver/receiver.ts";
import { Forwarder, type NextHop } from "../../../../network/connector/forwarder.ts";
import { RoutingTable } from "../../../../network/connector/routing_table.ts";
import { WriteOffWatch } from "../../../../network/connector/write_off_watch.ts";
import type { Mutant } from "./broken_rules.ts";
import { ADDRESS, chainOf, CHANNEL_B, claimsOf } from "./channels.ts";
import type { HubLife } from "./lives.ts";
import type { VirtualTime } from "./virtual_time.ts";

export const WINDOW = 20_000n;
export const ASK_AGAIN: readonly [number, number] = [1_000, 60_000];
/** Where payer and terminal collude: the terminal answers after the connector gave up. */
const WRITE_OFF_MS = 5_000;
export const WRITE_OFF_LIMIT = 5_000n;

/** Opens the connector of one life. */
export async function openHub(
  life: HubLife,
  { time, mutant, colluding, onEnd }: {
    readonly time: VirtualTime;
    readonly mutant: Mutant;
    readonly colluding: boolean;
    /** Called when the life must end. */
    onEnd(): void;
  },
): Promise<void> {
  const next: { hop: NextHop | null } = { hop: null };
  const store = mutant === "write_offs_forgotten"
    ? { ...life.store, writtenOff: () => Promise.resolve(0n) }
    : life.store;
  const around = {
    store,
    timers: life.timers,
    log: () => {},
    peers: () => new Map(next.hop === null ? [] : [["terminal", next.hop]]),
    held: () => life.receiver!.held,
  };
  const watch = new WriteOffWatch(WRITE_OFF_MS, around);
  const forwarder: Forwarder = new Forwarder({
    routes: new RoutingTable([{ prefix: "test.hub.terminal", to: { peer: "terminal" } }]),
    terminals: {},
    fee: NO_FEE,
    expiryMarginMs: 1_000,
  }, around);
  life.receiver = await Receiver.open(
    { ilpAddress: "test.hub", paymentAddress: ADDRESS.hub },
    {
      store: life.store,
      lane: life.lane,
      chain: chainOf(life.disk),
      delivery: forwarder,
      codec: interledgerWire,
      timers: life.timers,
      log: () => {},
      recover: (claim) => claim.signerAddress,
    },
  );
  life.payer = await Payer.open({
    channelId: CHANNEL_B,
    peer: ADDRESS.terminal,
    peerRule: "credit",
    windowUnits: WINDOW,
    askAgainMs: ASK_AGAIN,
  }, {
    store,
    lane: life.lane,
    claims: claimsOf(CHANNEL_B, ADDRESS.hub, life, time, mutant, onEnd),
    codec: interledgerWire,
    timers: life.timers,
    log: () => {},
    linked: life.receiver.held,
  });
  const { payer } = life;
  const limit = mutant === "write_offs_without_limit" ? WINDOW * 1_000n : WRITE_OFF_LIMIT;
  next.hop = {
    payer,
    writeOffs: new WriteOffs(colluding ? limit : WINDOW, () => [payer], life.timers),
    payerOf: () => payer,
    // deno-lint-ignore no-explicit-any
    receiving: {} as any,
    maxPacketUnits: null,
    pays: () => false,
    mayFund: () => false,
    fund: () => Promise.resolve(),
  };
  life.receiver.held.resume();
  if (colluding) await watch.start();
  life.open = true;
}

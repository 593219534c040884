/**
 * A connector between a payer and a next hop that answers when the test says so, on virtual time and disks: the
 * connector's decisions are the product's code, and the test plays the two others.
 */
import { createHash } from "node:crypto";
import { interledgerWire as wire } from "../../../protocols/wires/interledger/wire.ts";
import { NO_FEE } from "../../../protocols/ilp/fee.ts";
import { Forwarder } from "../../../network/connector/forwarder.ts";
import { WriteOffWatch } from "../../../network/connector/write_off_watch.ts";
import { RoutingTable } from "../../../network/connector/routing_table.ts";
import { fixedChain } from "../../../money/evm/fixed_chain.ts";
import { noClaims } from "../../../money/payer/claim_source.ts";
import { CommitLane } from "../../../money/claims/commit_lane.ts";
import type { LinkAnswer } from "../../../money/claims/packet_link.ts";
import { Payer } from "../../../money/payer/payer.ts";
import { Receiver } from "../../../money/receiver/receiver.ts";
import { WriteOffs } from "../../../money/payer/write_offs.ts";
import { Disk, storeOf } from "../../money/payer/sim/disk.ts";
import { VirtualTime } from "../../money/payer/sim/virtual_time.ts";

/** The answer upstream: null before it, `fulfill`, or the code of a refusal. */
export interface Told {
  outcome: string | null;
}

export interface SilentHop extends AsyncDisposable {
  readonly time: VirtualTime;
  readonly disk: Disk;
  watch: WriteOffWatch;
  writeOffs: WriteOffs;
  payer: Payer;
  receiver: Receiver;
  /** A packet of the payer's, which may have `windowUnits` outstanding. */
  pay(amount: bigint, expiresInMs?: number): Told;
  /** The next hop answers everything that it was sent and did not answer, or only what has this amount. */
  fulfil(amount?: bigint): void;
  refuse(): void;
  /** Packets that wait at the next hop. */
  readonly waiting: number;
  run(ms: number): Promise<void>;
  /** Every commit of the connector fails, as on a full disk. */
  breakStore(isBroken: boolean): void;
  /** The connector's process ends and starts again from its disk. */
  restart(): Promise<void>;
}

const PREIMAGE = new Uint8Array(32).fill(3);
const CONDITION = new Uint8Array(createHash("sha256").update(PREIMAGE).digest());

export async function silentHop(
  options: { readonly windowUnits: bigint; readonly limitUnits?: bigint },
): Promise<SilentHop> {
  const { windowUnits } = options;
  const time = new VirtualTime(1);
  const disk = new Disk("hub", windowUnits);
  const waiting = new Map<string, (answer: LinkAnswer) => void>();
  let serial = 0;
  let broken = false;
  let end = () => {};
  const start = async () => {
    let alive = true;
    const store = storeOf(disk, time, () => broken ? 1 : 0);
    const timers = time.timersOf(() => alive);
    const lane = new CommitLane(store, (task) => void timers.after(0, task));
    const log = () => {};
    const hops = new Map();
    const forwarder: Forwarder = new Forwarder({
      routes: new RoutingTable([{ prefix: "test.next", to: { peer: "next" } }]),
      terminals: {},
      fee: NO_FEE,
      expiryMarginMs: 1_000,
    }, { store, timers, log, peers: () => hops, held: () => receiver.held });
    const watch = new WriteOffWatch(600_000, {
      store,
      timers,
      log,
      peers: () => hops,
      held: () => receiver.held,
    });
    const receiver: Receiver = await Receiver.open(
      { ilpAddress: "test.hub", paymentAddress: `0x${"22".repeat(20)}` },
      {
        store,
        lane,
        chain: fixedChain([]),
        delivery: forwarder,
        codec: wire,
        timers,
        log,
        recover: () => "",
      },
    );
    const payer = await Payer.open(
      { channelId: "session:next", peer: "next", peerRule: "credit", windowUnits },
      { store, lane, claims: noClaims(), codec: wire, timers, log, linked: receiver.held },
    );
    const writeOffs = new WriteOffs(options.limitUnits ?? windowUnits, () => [payer], timers);
    hops.set("next", {
      payer,
      writeOffs,
      payerOf: (channelId: string) => channelId === payer.channelId ? payer : null,
      receiving: {},
      maxPacketUnits: null,
      pays: () => false,
      mayFund: () => false,
      fund: () => Promise.resolve(),
    });
    await payer.attach({
      writable: () => null,
      claimState: () => Promise.resolve(null),
      send: ({ prepare }) =>
        new Promise((resolve) =>
          waiting.set(prepare.toHex(), (answer) => alive && resolve(answer))
        ),
    });
    receiver.held.resume();
    await watch.start();
    end = () => {
      alive = false;
      store.crash();
    };
    return { watch, writeOffs, payer, receiver };
  };
  const answerAll = (packet: Uint8Array, amount?: bigint) => {
    for (const [hex, answer] of waiting) {
      const asked = wire.decodePacket(Uint8Array.fromHex(hex));
      if (amount !== undefined && asked.type === "prepare" && asked.amount !== amount) continue;
      waiting.delete(hex);
      answer({ packet, ack: null });
    }
  };
  const made: SilentHop = {
    time,
    disk,
    ...await start(),
    get waiting() {
      return waiting.size;
    },
    pay(amount, expiresInMs = 30_000) {
      const prepare = wire.encodePrepare({
        amount,
        expiresAtMs: time.nowMs + expiresInMs,
        condition: CONDITION,
        destination: "test.next.far",
        data: new TextEncoder().encode(`packet ${++serial}`),
      });
      const told: Told = { outcome: null };
      void made.receiver.receive({ claim: null, prepare }, {
        kind: "trust",
        name: "up",
        units: windowUnits,
      }).then((reply) => {
        if (reply === null) return;
        const packet = wire.decodePacket(reply.packet);
        told.outcome = packet.type === "reject" ? packet.code : packet.type;
      });
      return told;
    },
    fulfil: (amount) =>
      answerAll(wire.encodeFulfill({ fulfilment: PREIMAGE, data: new Uint8Array(0) }), amount),
    refuse: () =>
      answerAll(wire.encodeReject({
        code: "T00",
        triggeredBy: "test.next",
        message: "late",
        data: new Uint8Array(0),
      })),
    run: (ms) => time.run(time.nowMs + ms),
    breakStore: (isBroken) => void (broken = isBroken),
    async restart() {
      end();
      waiting.clear();
      Object.assign(made, await start());
    },
    // deno-lint-ignore require-await
    async [Symbol.asyncDispose]() {
      end();
    },
  };
  return made;
}

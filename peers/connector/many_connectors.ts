/**
 * Several connectors as one (docs/connectors.md). Each payment goes to the connector that reaches its destination best. If that one is away
 * or refuses because of the way, the next one that reaches the destination is used.
 *
 * An obligation that was paid, or that has an open packet, stays with the connector of that packet. Payments of one obligation run one
 * after the other, so two connectors never sign for it at the same time. Nothing of a choice is stored: before each payment, the rows of
 * its obligation decide.
 *
 * Held: the payments in progress, which the queues of the connectors limit.
 *
 * @module
 */
import { countsAsPaid } from "../../protocols/ilp/packet_state.ts";
import { pause } from "../../base/pause.ts";
import { messageOf } from "../../base/thrown.ts";
import type { Log } from "../../base/log/log.ts";
import { type PacketOutcome, type Refused, refusedHere } from "../../money/claims/outcome.ts";
import type { Timers } from "../../base/timers.ts";
import type { Store } from "../../store/store.ts";
import type { ConnectorClient } from "./client_options.ts";
import { connectorsFor, isOfTheWay, type Reach, refusalToShow } from "./connector_choice.ts";
import { lineNow } from "./connector_line.ts";

/** One of the connectors. */
export interface NamedConnector extends Reach {
  readonly name: string;
  /** Its pinned settlement address; null if it is not known yet, or if the connector needs no claims. */
  readonly peerAddress: string | null;
  readonly client: ConnectorClient;
  /** Why no new payment may go over it now, for people; null if payments may. Missing if nothing limits it. Must not reject. */
  readonly barred?: () => Promise<string | null>;
}

interface ManyDeps {
  readonly store: Pick<Store, "outgoingByObligation" | "listPayerChannels">;
  readonly timers: Timers;
  readonly log: Log;
}

/** The connectors that may be used, and why the others may not. */
interface Permitted {
  readonly usable: readonly NamedConnector[];
  readonly barred: readonly Refused[];
}

type Send = (connector: NamedConnector, signal: AbortSignal) => Promise<PacketOutcome>;

/** How long a connector that is dialed for the first time is waited for while another one is ready. */
const FIRST_DIAL_MS = 3_000;
/** How often a waiting payment looks at the lines. */
const LOOK_MS = 500;

/** The connectors as one client, the main one first. Figures and status are those of the main one. */
export function manyConnectors(
  connectors: readonly NamedConnector[],
  deps: ManyDeps,
): ConnectorClient {
  const [{ client: main }] = connectors;
  const turns = new Map<string, Promise<unknown>>();
  const startedMs = deps.timers.now();

  /** The connector whose channel has a packet that decides about the obligation. Null if there is no such packet. */
  const holderOf = async (obligation: string): Promise<NamedConnector | null> => {
    const rows = await deps.store.outgoingByObligation(obligation);
    const row = rows.find(({ state }) => countsAsPaid(state));
    if (row === undefined) return null;
    const channel = (await deps.store.listPayerChannels())
      .find(({ channelId }) => channelId === row.channelId);
    const address = channel?.peer.toLowerCase();
    // The packets of a connector that is no longer configured are the main one's to explain: it signs nothing for them.
    return connectors.find(({ peerAddress }) => peerAddress?.toLowerCase() === address) ??
      connectors[0];
  };

  /** The first of these that is ready. Null if none is now. A better one that is dialed for the first time is waited for. */
  const firstReady = async (among: readonly NamedConnector[]): Promise<NamedConnector | null> => {
    for (const connector of among) {
      const line = await lineNow(connector.client, deps.timers);
      if (line === "ready") return connector;
      if (line === "dialing" && deps.timers.now() - startedMs < FIRST_DIAL_MS) return null;
    }
    return null;
  };

  /** The first ready one, or the first silent one if no other can take anything. */
  const firstUsable = async (among: readonly NamedConnector[]): Promise<NamedConnector | null> => {
    const ready = await firstReady(among);
    if (ready !== null) return ready;
    const lines = await Promise.all(among.map(({ client }) => lineNow(client, deps.timers)));
    const others = lines.every((line) => line === "silent" || line === "away");
    return others ? among[lines.indexOf("silent")] ?? null : null;
  };

  /** Waits until a line changes, or a moment. */
  const look = async (signal: AbortSignal): Promise<void> => {
    const wake = new AbortController();
    const stops = connectors.map(({ client }) => client.onStatus(() => wake.abort()));
    await pause(LOOK_MS, AbortSignal.any([signal, wake.signal]), deps.timers);
    for (const stop of stops) stop();
  };

  /** Sends over this connector. Returns null if it went away before anything was signed and one of the others is ready. */
  const over = async (
    connector: NamedConnector,
    others: readonly NamedConnector[],
    send: Send,
    signal: AbortSignal,
  ): Promise<PacketOutcome | null> => {
    if (others.length === 0) return await send(connector, signal);
    const leave = new AbortController();
    const done = new AbortController();
    const watch = async () => {
      while (!done.signal.aborted) {
        await look(done.signal);
        const line = await lineNow(connector.client, deps.timers);
        if (line === "ready" || line === "dialing") continue;
        if (await firstReady(others) !== null) return leave.abort();
      }
    };
    void watch().catch(() => undefined);
    try {
      const outcome = await send(connector, AbortSignal.any([signal, leave.signal]));
      if (!leave.signal.aborted || signal.aborted) return outcome;
      if (outcome.state === "refused" && outcome.local && outcome.code === "cancelled") return null;
      // It was signed before it could be taken back. It stays here, and its answer is waited for.
      return outcome.state === "unknown" ? await send(connector, signal) : outcome;
    } finally {
      done.abort();
    }
  };

  /** Leaves out the connectors over which no new payment may go now. */
  const permitted = async (among: readonly NamedConnector[]): Promise<Permitted> => {
    const whys = await Promise.all(among.map(({ barred }) => barred?.() ?? null));
    return {
      usable: among.filter((_connector, at) => whys[at] === null),
      barred: whys.flatMap((why) => why === null ? [] : [refusedHere("terms", why)]),
    };
  };

  /**
   * Tries the connectors that reach the destination, each once, and waits for those that are away while the others have no route. A packet
   * of amount 0 pays nothing, so it may also go over a connector that is barred.
   */
  const route = async (
    destination: string,
    send: Send,
    signal: AbortSignal,
    isPayment: boolean,
  ): Promise<PacketOutcome> => {
    let left = connectorsFor(destination, connectors);
    if (left.length === 0) return refusedHere("no_route", `No connector reaches ${destination}`);
    const refusals: Refused[] = [];
    while (left.length > 0) {
      if (signal.aborted) return taken();
      const { usable, barred } = isPayment ? await permitted(left) : { usable: left, barred: [] };
      if (usable.length === 0) return refusalToShow([...refusals, ...barred]);
      const connector = await firstUsable(usable);
      if (connector === null) {
        // A refusal that may pass is told now: its caller tries again later, and then looks at all connectors again.
        if (refusals.some(({ code }) => code !== "F02")) break;
        await look(signal);
        continue;
      }
      const others = usable.filter((each) => each !== connector);
      const outcome = await over(connector, others, send, signal);
      if (outcome === null) {
        deps.log("warn", "a connector went away, and the next one is used", {
          connector: connector.name,
          destination,
        });
        continue;
      }
      if (!isOfTheWay(outcome)) return outcome;
      refusals.push(outcome);
      left = left.filter((each) => each !== connector);
      if (others.length > 0) {
        const { code, message: reason } = outcome;
        const fields = { connector: connector.name, destination, code, reason };
        deps.log("warn", "a connector refused, and the next one is used", fields);
      }
    }
    return refusalToShow(refusals);
  };

  /** One payment of an obligation at a time. */
  const inTurn = async (
    obligation: string,
    signal: AbortSignal,
    pay: () => Promise<PacketOutcome>,
  ): Promise<PacketOutcome> => {
    const before = turns.get(obligation);
    const mine = (async (): Promise<PacketOutcome> => {
      if (before !== undefined) await Promise.race([before, aborted(signal)]);
      if (!signal.aborted) return await pay();
      return before === undefined ? taken() : ANOTHER_PAYS;
    })();
    const settled = Promise.allSettled([before, mine]);
    turns.set(obligation, settled);
    void settled.then(() => {
      if (turns.get(obligation) === settled) turns.delete(obligation);
    });
    return await mine;
  };

  return {
    async pay(request, { signal = new AbortController().signal } = {}) {
      const { obligation, destination } = request;
      const send: Send = ({ client }, until) => client.pay(request, { signal: until });
      return await inTurn(obligation, signal, async () => {
        let holder: NamedConnector | null;
        try {
          holder = await holderOf(obligation);
        } catch (error) {
          return refusedHere("store", `The store cannot be read: ${messageOf(error)}`);
        }
        return holder === null
          ? await route(destination, send, signal, true)
          : await send(holder, signal);
      });
    },
    async probe(request, { signal = new AbortController().signal } = {}) {
      const send: Send = ({ client }, until) => client.probe(request, { signal: until });
      return await route(request.destination, send, signal, false);
    },
    async sendFree(request, { signal = new AbortController().signal } = {}) {
      const send: Send = ({ client }, until) => client.sendFree(request, { signal: until });
      return await route(request.destination, send, signal, false);
    },
    async resolve(options) {
      const left = await Promise.all(connectors.map(({ client }) => client.resolve(options)));
      return left.reduce((sum, open) => sum + open, 0);
    },
    account: () => main.account(),
    address: () => main.address(),
    status: () => main.status(),
    onStatus: (listener) => main.onStatus(listener),
    async close() {
      await Promise.all(connectors.map(({ client }) => client.close()));
    },
  };
}

/** Nothing was signed for a payment that its caller took back. */
function taken(): Refused {
  return refusedHere("cancelled", "Cancelled before it was signed: nothing was sent");
}

const ANOTHER_PAYS: PacketOutcome = {
  state: "unknown",
  reason: "another payment of this obligation is under way",
};

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

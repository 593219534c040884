/**
 * Sends a daemon's alerts in the ways that `[alerts]` of the configuration names.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { alertGate } from "../../home/alerts/alert_gate.ts";
import { heldAlerts } from "../../home/alerts/held_alerts.ts";
import type { PeerNow } from "../../home/alerts/alert.ts";
import { messageOf } from "../../base/thrown.ts";
import { alerting, type AlertWay, type SentAlert } from "../../home/alerts/alerting.ts";
import { PRIVATE_MESSAGE_KIND } from "../../protocols/nostr/kinds.ts";
import type { Change } from "../../store/store.ts";
import type { LiveState } from "../../shell/live_state.ts";
import type { ConfiguredHome } from "../../shell/home/open_home.ts";

/** The alerts of a running daemon. */
interface DaemonAlerts {
  /** Stops them, and what sends them. */
  stop(): Promise<void>;
}

/** Watches for alerts until it is stopped. Does nothing if the configuration names no way to send them. */
export async function startAlerts(
  home: ConfiguredHome,
  config: Config,
  { live, clock }: {
    readonly live: Pick<LiveState, "peers">;
    readonly clock: () => number;
  },
): Promise<DaemonAlerts> {
  const ways = await waysOf(home, config, live, clock);
  if (ways.length === 0) return { stop: () => Promise.resolve() };
  const { get, profile, mayor } = config;
  const { look } = alerting({
    store: home.store,
    relayReader: home.relayReader,
    peers: live.peers,
    gate: alertGate(home.store, get("alerts.repeat_s") * 1_000),
    ways,
    clock,
    log: home.log,
    of: {
      network: profile.name,
      mayor,
      asset: profile.asset,
      lowBalancePercent: get("limits.low_balance_percent"),
      offlineMs: get("alerts.offline_s") * 1_000,
      providers: get("alerts.providers"),
    },
  });
  let [turn, stopped] = [Promise.resolve(), false];
  const next = async () => {
    await look();
    for (const { flush } of ways) if (!stopped) await flush?.();
  };
  const failed = (error: unknown) =>
    home.log("warn", "a held alert could not be sent", { error: messageOf(error) });
  // One at a time, and none after the stop: the alerts of the next settings read what these hold.
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    turn = next().catch(failed).finally(() => busy = false);
  }, LOOK_MS);
  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      await turn;
      for (const { end } of ways) await end?.();
    },
  };
}

const LOOK_MS = 1_000;

/** A way, what sends the alerts that it holds, and what ends it. */
type EndableWay = AlertWay & {
  readonly flush?: () => Promise<void>;
  readonly end?: () => Promise<void>;
};

async function waysOf(
  home: ConfiguredHome,
  { get }: Config,
  live: Pick<LiveState, "peers">,
  clock: () => number,
): Promise<EndableWay[]> {
  const ways: EndableWay[] = [];
  const url = get("alerts.webhook");
  if (url !== null) {
    const service = await home.supervisor.service("webhook", { url });
    const webhook = service.client();
    ways.push({
      name: "webhook",
      send: (alert) => webhook.post({ ...alert }),
      end: () => service.stop(),
    });
  }
  if (get("alerts.desktop")) {
    const service = await home.supervisor.service("desktop", {});
    const desktop = service.client();
    ways.push({
      end: () => service.stop(),
      name: "desktop",
      send: ({ alert, text }) => desktop.notify(`crosstown: ${alert.replaceAll("_", " ")}`, text),
    });
  }
  const reader = get("alerts.nostr");
  if (reader !== null) {
    const { send, flush } = heldAlerts({
      store: home.store,
      send: (alert, changes) => message(home, reader, alert, { nowMs: clock(), changes }),
      ready: () => canWrite(live.peers()),
      clock,
    });
    ways.push({ name: "nostr", send, flush });
  }
  return ways;
}

/** Whether a write would leave now: the relay takes it, and the connector pays for it. A peer whose state is not known counts as there. */
function canWrite(peers: Readonly<Record<string, PeerNow | null>>): boolean {
  return ["relay", "connector"].every((name) => (peers[name]?.state ?? CONNECTED) === CONNECTED);
}

const CONNECTED = "connected";

/**
 * A private message (NIP-17) to the operator's key. Like every write it is paid, and kept until the relay accepts it. A one-time key signs
 * its gift wrap, so that nobody sees who sent it. `changes` become part of its commit.
 */
async function message(
  { signer, store, options: { profile } }: ConfiguredHome,
  reader: string,
  { text, network, mayor }: SentAlert,
  { nowMs, changes }: { readonly nowMs: number; readonly changes: readonly Change[] },
): Promise<void> {
  const wrap = await signer.wrap(reader, {
    kind: PRIVATE_MESSAGE_KIND,
    created_at: Math.floor(nowMs / 1_000),
    tags: [["p", reader]],
    content: `crosstown ${mayor} on ${network}: ${text}`,
  });
  await store.commit([{
    op: "addOutbox",
    row: {
      jobId: null,
      purpose: "write",
      event: new TextEncoder().encode(JSON.stringify(wrap)),
      destination: profile.relay?.ilpAddress ?? "",
      terminalPubkey: profile.relay?.pubkey ?? "",
      amountUnits: null,
      createdAtMs: nowMs,
    },
  }, ...changes]);
}

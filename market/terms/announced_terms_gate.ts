/**
 * Bars new payments over a connector whose accepted terms expired, were withdrawn or changed (docs/connectors.md). It asks the relays for the
 * newest announcement of the connector's key before a payment, at most once a minute, and keeps in the store what it has seen.
 *
 * Held: the newest state of each connector, and one question for each at a time.
 *
 * @module
 */
import type { Log } from "../../base/log/log.ts";
import { pause } from "../../base/pause.ts";
import { messageOf } from "../../base/thrown.ts";
import type { Timers } from "../../base/timers.ts";
import type { MoreConnector } from "../../config/profile.ts";
import type { RelayReader } from "../relay_questions.ts";
import type { ConnectorRules } from "./connector_terms.ts";
import {
  afterAnnouncement,
  type AnnouncedConnector,
  isAnnounced,
  seenName,
  termsRefusal,
  type TermsSeen,
  termsSeen,
} from "./connector_validity.ts";
import type { Store } from "../../store/store.ts";

/** The network of the connectors. */
export interface GateOptions {
  /** The name of its profile. */
  readonly network: string;
  readonly chain: Omit<ConnectorRules, "allowsLoopback" | "tokenAddress"> & {
    readonly tokenAddress?: string | null;
  };
}

/** What the check asks. */
export interface GateDeps {
  readonly store: Pick<Store, "cursor" | "commit">;
  readonly relayReader: Pick<RelayReader, "peerInfo">;
  readonly timers: Timers;
  readonly log: Log;
}

/** How often the relays are asked, and how long a payment waits for their answer. */
const ASK_EVERY_MS = 60_000;
const ANSWER_MS = 5_000;

/** Gives the check of one connector. It never rejects. A connector of the configuration has none. */
export function announcedTermsGate(
  { network, chain }: GateOptions,
  deps: GateDeps,
): (connector: MoreConnector) => { readonly barred?: () => Promise<string | null> } {
  const { tokenAddress = null, ...contracts } = chain;
  return (connector) => {
    if (!isAnnounced(connector)) return {};
    const rules = { ...contracts, tokenAddress, allowsLoopback: connector.publicOnly !== true };
    return { barred: gateOf(connector, seenName(network, connector), rules, deps) };
  };
}

function gateOf(
  connector: AnnouncedConnector,
  cursor: string,
  rules: ConnectorRules,
  { store, relayReader, timers, log }: GateDeps,
): () => Promise<string | null> {
  const { name, announced: { pubkey } } = connector;
  const nowS = () => Math.floor(timers.now() / 1_000);
  let seen: TermsSeen | null = null;
  let askedAtMs = -Infinity;
  let asking: Promise<void> | null = null;
  let told: string | null = null;

  const ask = async (before: TermsSeen) => {
    try {
      const event = await relayReader.peerInfo(pubkey);
      if (event === null) return;
      const after = afterAnnouncement(connector, before, event, rules, nowS());
      if (after === before) return;
      seen = after;
      await store.commit([{ op: "setCursor", name: cursor, value: JSON.stringify(after) }]);
    } catch (error) {
      const reason = messageOf(error);
      log("info", "a connector's announcement could not be read", { connector: name, reason });
    }
  };

  return async () => {
    try {
      const stored = seen === null ? await store.cursor(cursor) : null;
      // Another payment may have read and renewed it meanwhile.
      seen ??= termsSeen(connector, stored);
    } catch (error) {
      return `the terms of connector ${name} cannot be read: ${messageOf(error)}`;
    }
    if (asking === null && timers.now() - askedAtMs >= ASK_EVERY_MS) {
      askedAtMs = timers.now();
      asking = ask(seen).finally(() => asking = null);
    }
    // Payments meanwhile wait for the same answer, but not longer than it takes a relay that is up.
    if (asking !== null) await untilAnswered(asking, timers);
    const why = termsRefusal(connector, seen, nowS());
    if (why !== told && why !== null) {
      log("warn", "a connector is not used for new payments", { connector: name, reason: why });
    }
    told = why;
    return why;
  };
}

async function untilAnswered(answer: Promise<void>, timers: Timers): Promise<void> {
  const late = new AbortController();
  await Promise.race([answer, pause(ANSWER_MS, late.signal, timers)]);
  late.abort();
}

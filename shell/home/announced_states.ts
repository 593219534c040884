/**
 * Whether the accepted terms of a home's connectors are valid now, by what the home has seen and by what their keys announce. It changes
 * nothing.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";

/** What is known of one connector. */
export interface AnnouncedState {
  readonly pubkey: string;
  /** Until when the terms are valid, in seconds since the epoch. */
  readonly expiresAtS: number;
  /** Why no new payment goes over it; null if payments may. */
  readonly refused: string | null;
}

/** The states by the connectors' names. Empty if the home has no such connector; then no relay is asked. */
export async function announcedStates(
  config: Config,
): Promise<ReadonlyMap<string, AnnouncedState>> {
  const { profile } = config;
  const { isAnnounced, ...validity } = await import("../../market/terms/connector_validity.ts");
  const connectors = (profile.moreConnectors ?? []).filter(isAnnounced);
  if (connectors.length === 0) return new Map();
  const [{ connectorRules }, { hasStore, readStore }, { createSupervisor }, { relaysToRead }] =
    await Promise.all([
      import("../../market/terms/connector_terms.ts"),
      import("./read_store.ts"),
      import("../../home/workers/supervisor.ts"),
      import("../../config/more_relays.ts"),
    ]);
  await using store = await hasStore(config) ? await readStore(config) : null;
  const nowS = Math.floor(Date.now() / 1_000);
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const reader = await supervisor.service("relay-reader-anonymous", relaysToRead(profile));
    const states = await Promise.all(connectors.map(async (connector) => {
      const stored = await store?.cursor(validity.seenName(profile.name, connector)) ?? null;
      const before = validity.termsSeen(connector, stored);
      // Without a relay, what was seen before counts.
      const event = await reader.client().peerInfo(connector.announced.pubkey).catch(() => null);
      const rules = connectorRules(profile);
      const seen = event === null
        ? before
        : validity.afterAnnouncement(connector, before, event, rules, nowS);
      return [connector.name, {
        pubkey: connector.announced.pubkey,
        expiresAtS: seen.expiresAtS,
        refused: validity.termsRefusal(connector, seen, nowS),
      }] as const;
    }));
    return new Map(states);
  } finally {
    await supervisor.stop(0);
  }
}

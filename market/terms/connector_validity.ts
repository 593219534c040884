/**
 * Whether the terms of a connector that the user accepted are still valid, by the newest announcement of its key. Without effects.
 *
 * A newer announcement with the same terms extends their validity. One with other terms ends it: the user must compare and accept them. A
 * relay can hide an announcement, but it cannot make one, and one that was seen counts even if a relay shows an older one afterwards.
 *
 * @see docs/connectors.md#connectors-that-announce-themselves
 * @module
 */
import type { AcceptedAnnouncement, MoreConnector } from "../../config/profile.ts";
import type { VerifiedEvent } from "../../protocols/nostr/event.ts";
import { isDatedAhead } from "./announced_terms.ts";
import { type ConnectorRules, type ConnectorTerms, connectorTerms } from "./connector_terms.ts";
import { TermsError } from "./terms.ts";

/** A connector whose terms were accepted. */
export type AnnouncedConnector = MoreConnector & { readonly announced: AcceptedAnnouncement };

/** What the newest announcement of the key said. */
export interface TermsSeen {
  /** The accepted terms to which it was compared. */
  readonly of: string;
  /** When it was signed, in seconds since the epoch. */
  readonly createdAtS: number;
  /** Until when the accepted terms are valid, in seconds since the epoch. */
  readonly expiresAtS: number;
  /** Why they are not valid, whatever the time is; null if they are valid until `expiresAtS`. */
  readonly refused: string | null;
}

/** Whether a connector of the profile is one whose terms were accepted. */
export function isAnnounced(connector: MoreConnector): connector is AnnouncedConnector {
  return connector.announced !== undefined;
}

/** The name under which the store keeps what was seen. */
export function seenName(network: string, { name }: AnnouncedConnector): string {
  return `connector-terms ${network} ${name}`;
}

/** What is known of a connector: `stored` as text of the store, or what was accepted if that is newer or other terms. */
export function termsSeen(connector: AnnouncedConnector, stored: string | null): TermsSeen {
  const { createdAtS, expiresAtS } = connector.announced;
  const accepted = { of: identityOf(connector), createdAtS, expiresAtS, refused: null };
  const seen = stored === null ? null : JSON.parse(stored) as TermsSeen;
  return seen === null || seen.of !== accepted.of || seen.createdAtS < createdAtS ? accepted : seen;
}

/** What is known after an announcement of the key. Returns `seen` itself if the announcement is not newer, or dated in the future. */
export function afterAnnouncement(
  connector: AnnouncedConnector,
  seen: TermsSeen,
  event: VerifiedEvent,
  rules: ConnectorRules,
  nowS: number,
): TermsSeen {
  const { pubkey, created_at: createdAtS } = event;
  if (pubkey !== connector.announced.pubkey || createdAtS <= seen.createdAtS) return seen;
  if (isDatedAhead(event, nowS)) return seen;
  try {
    const terms = connectorTerms(event, rules, nowS);
    const { expiresAtS } = terms;
    const changed = changes(connector, terms);
    const refused = changed.length === 0 ? null : `its ${changed.join(" and ")} changed`;
    return { ...seen, createdAtS, expiresAtS, refused };
  } catch (error) {
    if (!(error instanceof TermsError)) throw error;
    const { code, message } = error;
    // It replaced the one before, so nothing is announced any more.
    if (code === "stale") return { ...seen, createdAtS, expiresAtS: createdAtS, refused: null };
    const refused = code === "none" ? "it withdrew its announcement" : message;
    return { ...seen, createdAtS, refused };
  }
}

/** Why no new payment goes over the connector now; null if payments may. */
export function termsRefusal(
  { name }: Pick<AnnouncedConnector, "name">,
  { refused, expiresAtS }: TermsSeen,
  nowS: number,
): string | null {
  if (refused !== null) {
    return `the terms of connector ${name} are not valid: ${refused}. Compare them and accept them again`;
  }
  return nowS < expiresAtS ? null : `the terms of connector ${name} expired and were not renewed`;
}

/** The terms that differ from the accepted ones, for people. */
function changes(connector: AnnouncedConnector, terms: ConnectorTerms): readonly string[] {
  return [
    ...terms.peerAddress === connector.peerAddress ? [] : ["settlement address"],
    ...terms.url === connector.url ? [] : ["address"],
    ...textOf(terms.reaches) === textOf(connector.reaches) ? [] : ["ILP addresses"],
  ];
}

function identityOf({ announced, url, peerAddress, reaches }: AnnouncedConnector): string {
  return JSON.stringify([announced.pubkey, url, peerAddress, reaches]);
}

function textOf(reaches: readonly string[]): string {
  return reaches.join(" ");
}

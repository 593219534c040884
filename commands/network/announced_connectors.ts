/**
 * Reads what connectors announce (kind 10032) on the relays of the home, and checks it. A worker reads all foreign bytes.
 *
 * @module
 */
import { codeOf, messageOf } from "../../base/thrown.ts";
import type { Config } from "../../config/config.ts";
import { relaysToRead } from "../../config/more_relays.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import type { RelayReader } from "../../market/relay_questions.ts";
import {
  connectorFingerprint,
  connectorRules,
  type ConnectorTerms,
  connectorTerms,
  connectorWarnings,
} from "../../market/terms/connector_terms.ts";
import { TermsError } from "../../market/terms/terms.ts";
import type { VerifiedEvent } from "../../protocols/nostr/event.ts";
import { CommandError } from "../../shell/errors.ts";

/** What a key announces, or why it is refused. */
export interface FoundConnector {
  readonly pubkey: string;
  /** Null if they are refused. */
  readonly terms: ConnectorTerms | null;
  /** Null without terms. */
  readonly fingerprint: string | null;
  readonly warnings: readonly string[];
  readonly refused: { readonly code: string; readonly message: string } | null;
}

/** What this key announces. */
export async function announced(config: Config, pubkey: string): Promise<FoundConnector> {
  try {
    const event = await asking(config, (reader) => reader.peerInfo(pubkey));
    if (event !== null) return await judged(config, event);
    throw new TermsError("none", "the pinned key announces nothing on these relays (kind 10032)");
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    return refusal(pubkey, code, messageOf(error));
  }
}

/** What the keys announce that the home's root follows, by key. Throws CommandError `no_root`. */
export async function followed(config: Config): Promise<readonly FoundConnector[]> {
  const root = config.get("trust.root");
  if (root === null) {
    throw new CommandError(
      "no_root",
      "no key is configured whose follows could name connectors",
      "set root under [trust] to the key that you follow others with",
    );
  }
  const events = await asking(config, (reader) => reader.followedPeers(root));
  const found = await Promise.all(events.map((event) => judged(config, event)));
  return found.sort((a, b) => a.pubkey < b.pubkey ? -1 : 1);
}

async function judged(config: Config, event: VerifiedEvent): Promise<FoundConnector> {
  const rules = connectorRules(config.profile);
  const { pubkey } = event;
  try {
    const terms = connectorTerms(event, rules, Math.floor(Date.now() / 1_000));
    return {
      ...{ pubkey, terms, refused: null },
      fingerprint: await connectorFingerprint(terms, rules),
      warnings: connectorWarnings(terms, config.profile),
    };
  } catch (error) {
    if (!(error instanceof TermsError)) throw error;
    return refusal(pubkey, error.code, error.message);
  }
}

function refusal(pubkey: string, code: string, message: string): FoundConnector {
  return { pubkey, terms: null, fingerprint: null, warnings: [], refused: { code, message } };
}

async function asking<Answer>(
  { profile }: Config,
  ask: (reader: RelayReader) => Promise<Answer>,
): Promise<Answer> {
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const reader = await supervisor.service("relay-reader-anonymous", relaysToRead(profile));
    return await ask(reader.client());
  } finally {
    await supervisor.stop(0);
  }
}

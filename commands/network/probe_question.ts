/**
 * The questions of a probe to a relay, a connector or a blob server, and the answers.
 *
 * @module
 */
import type { RelayInformation } from "../../protocols/nostr/nip11.ts";
import type { AccountFigures } from "../../money/claims/claim_ack.ts";
import type { Profile } from "../../config/profile.ts";

/** The question. */
export type ProbeRequest =
  | { readonly what: "relay"; readonly url: string; readonly timeoutMs: number }
  | { readonly what: "blobs"; readonly url: string; readonly timeoutMs: number }
  | {
    readonly what: "connector";
    readonly url: string;
    readonly auth: { readonly username: string; readonly token: string } | null;
    readonly wire: Profile["wire"];
    /** True if only an address of the public internet is connected. */
    readonly publicOnly?: true;
    readonly timeoutMs: number;
    /** Also asks for our account there, for this channel if it is known. */
    readonly account?: { readonly channelId: string | null };
  };

/** The outcome of a probe. `ok` means that the peer answers and, for a connector with sign-in, that it accepts our sign-in. */
export interface ProbeAnswer {
  readonly ok: boolean;
  /** `connected`, `signed_in`, `refused`, `unreachable`, `not_nostr`. */
  readonly state: string;
  /** The reason of a failure. It is the peer's own text if the peer gave one. */
  readonly reason: string | null;
  readonly elapsedMs: number;
  /** How far the peer's clock is ahead of ours; null or absent if the peer told no time. */
  readonly clockOffsetMs?: number | null;
  /** The relay's NIP-11 document, if it has one. */
  readonly information: RelayInformation | null;
  /** The connector's figures for our account, if they were asked for and the connector supports the question. */
  readonly account?: AccountFigures | null;
  /** How a relay answered a query for one event; null for a connector, or if no relay was reached. */
  readonly reading?: {
    /** Time from REQ to EOSE. */
    readonly elapsedMs: number;
    /** `eose`, `closed`, `timeout`... */
    readonly ended: string;
    /** The relay's reason for closing the query, or why we could not answer its challenge. */
    readonly reason: string | null;
    /** The encoding of the relay's events; null if it had no event to show. */
    readonly delivery: "toon" | "json" | null;
  } | null;
}

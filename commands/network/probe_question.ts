/**
 * What a probe asks of a relay, a connector or a blob server, and what it answered.
 *
 * @module
 */
import type { RelayInformation } from "../../protocols/nostr/nip11.ts";
import type { AccountFigures } from "../../money/claims/claim_ack.ts";
import type { Profile } from "../../config/profile.ts";

/** What to ask. */
export type ProbeRequest =
  | { readonly what: "relay"; readonly url: string; readonly timeoutMs: number }
  | { readonly what: "blobs"; readonly url: string; readonly timeoutMs: number }
  | {
    readonly what: "connector";
    readonly url: string;
    readonly auth: { readonly username: string; readonly token: string } | null;
    readonly wire: Profile["wire"];
    readonly timeoutMs: number;
    /** Also asks for our account there, of this channel where it is known. */
    readonly account?: { readonly channelId: string | null };
  };

/** What came of it. `ok` is "it answers"; for a connector with sign-in, also "it lets us in". */
export interface ProbeAnswer {
  readonly ok: boolean;
  /** `connected`, `signed_in`, `refused`, `unreachable`, `not_nostr`. */
  readonly state: string;
  /** Why not, in words; the peer's own where it gave some. */
  readonly reason: string | null;
  readonly elapsedMs: number;
  /** By how much its clock is ahead of ours; null or absent where it told no time. */
  readonly clockOffsetMs?: number | null;
  /** A relay's NIP-11 document, where it has one. */
  readonly information: RelayInformation | null;
  /** A connector's figures of our account, where they were asked for and it knows the question. */
  readonly account?: AccountFigures | null;
  /** How a relay answered a question for one event; null for a connector, and where no relay was reached. */
  readonly reading?: {
    /** From REQ to EOSE. */
    readonly elapsedMs: number;
    /** `eose`, `closed`, `timeout`... */
    readonly ended: string;
    /** The relay's words where it closed the question, or why we could not answer its challenge. */
    readonly reason: string | null;
    /** How it delivers events; null where it had none to show. */
    readonly delivery: "toon" | "json" | null;
  } | null;
}

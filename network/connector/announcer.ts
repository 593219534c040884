/**
 * Says of itself, by kind 10032, how a connector or relay is reached and paid: at the start, again before it expires, and taken back
 * at the end. What goes wrong is logged and tried again at the next beat: nobody's payments wait for it.
 *
 * Holds one timer and the time of the last announcement.
 *
 * @see docs/terms.md#announcements-kind-10032
 * @module
 */
import { asPubkey } from "../../protocols/nostr/event.ts";
import {
  ILP_PEER_INFO_TTL_S,
  type IlpPeerInfoFields,
  ilpPeerInfoTemplate,
} from "../../protocols/nostr/ilp_peer_info.ts";
import type { Log } from "../../base/log/log.ts";
import type { Timers } from "../../base/timers.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { RelayServer } from "../relay/relay_server.ts";

/** What an announcer works with. */
interface AnnouncerDeps {
  /** Whose word it is. */
  readonly signer: Pick<Signer, "identity" | "signEvents">;
  /** Its own relay, which takes its own words for nothing. */
  readonly relay: Pick<RelayServer, "write">;
  readonly timers: Timers;
  readonly log: Log;
}

/** How often it is said again: twice before it expires. */
export const ANNOUNCE_REFRESH_MS = 240_000;

/** A running announcer. */
interface Announcer {
  /** Takes the announcement back; resolves when the relay has that, or could not be told. */
  stop(): Promise<void>;
}

/** Announces, resolves when that was tried once, and goes on. */
export async function startAnnouncer(
  info: IlpPeerInfoFields,
  { signer, relay, timers, log }: AnnouncerDeps,
): Promise<Announcer> {
  const { pubkey } = await signer.identity();
  let lastS = 0;
  let stopped = false;
  let cancel: (() => void) | null = null;
  let saying: Promise<void> = Promise.resolve();

  const say = async (fields: IlpPeerInfoFields | null) => {
    try {
      // The relay keeps the newest of a second by its id: each must be a second younger than the last to replace it.
      lastS = Math.max(Math.floor(timers.now() / 1_000), lastS + 1);
      const template = ilpPeerInfoTemplate(fields, lastS, ILP_PEER_INFO_TTL_S);
      const [event] = await signer.signEvents([{ ...template, pubkey: asPubkey(pubkey) }]);
      const { result, code, message } = await relay.write(
        new TextEncoder().encode(JSON.stringify(event)),
      );
      if (result === "refused") {
        log("warn", "the relay refused our announcement", { code, message });
      }
    } catch (error) {
      log("warn", "could not announce", {
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  };
  const beat = () => {
    saying = say(info).then(() => {
      if (!stopped) cancel = timers.after(ANNOUNCE_REFRESH_MS, beat);
    });
  };
  beat();
  await saying;
  return {
    async stop() {
      if (stopped) return;
      stopped = true;
      cancel?.();
      await saying;
      await say(null);
    },
  };
}

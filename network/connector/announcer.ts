/**
 * Announces with events of kind 10032 how to reach and pay a connector or relay. It announces at the start and again before the
 * announcement expires, and withdraws the announcement at the end. A failure is logged, and the next announcement tries again. No payment
 * waits for it.
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

/** What an announcer needs. */
interface AnnouncerDeps {
  /** Signs the announcements. */
  readonly signer: Pick<Signer, "identity" | "signEvents">;
  /** Our own relay, where announcements are free. */
  readonly relay: Pick<RelayServer, "write">;
  readonly timers: Timers;
  readonly log: Log;
}

/** How often the announcement is repeated, in milliseconds: twice before it would expire. */
export const ANNOUNCE_REFRESH_MS = 240_000;

/** A running announcer. */
interface Announcer {
  /** Withdraws the announcement. Resolves when the relay has stored the withdrawal, or has failed to. */
  stop(): Promise<void>;
}

/** Starts an announcer. Resolves after the first attempt. */
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
      // Of two announcements in the same second, the relay keeps the one with the lower id. So each one gets a later second than the one
      // before.
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

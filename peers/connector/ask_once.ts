/**
 * Asks a connector once for our account, over a session of its own that pays nothing.
 *
 * @module
 */
import { systemTimers } from "../../base/timers.ts";
import type { ClaimState } from "../../money/claims/claim_ack.ts";
import { Dialer } from "./dialer.ts";
import { askClaimState } from "./session_link.ts";

/** Which connector is asked, and how to sign in there. */
type Question = Pick<
  ConstructorParameters<typeof Dialer>[0],
  "url" | "auth" | "wire" | "log" | "proof"
>;

/**
 * The connector's figures for our account, of one channel if it is named. Null if the connector cannot be reached or does not support the
 * question.
 */
export async function askOnce(
  question: Question,
  channelId: string | null,
): Promise<ClaimState | null> {
  const { promise, resolve } = Promise.withResolvers<ClaimState | null>();
  const dialer = new Dialer({
    ...question,
    timers: systemTimers,
    random: Math.random,
    onSession: (session) => void askClaimState(session, channelId).then(resolve),
    onEnd: () => {},
    onMessage: () => Promise.resolve(null),
    onStatus: ({ state }) => {
      if (state !== "connecting" && state !== "connected") resolve(null);
    },
  });
  const cancel = systemTimers.after(CONNECT_MS, () => resolve(null));
  try {
    return await promise;
  } finally {
    cancel();
    dialer.close();
  }
}

const CONNECT_MS = 5_000;

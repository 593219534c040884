/**
 * Asks a connector once for the figures of our account. Opens a separate session, which pays nothing.
 *
 * @module
 */
import { systemTimers } from "../../base/timers.ts";
import type { ClaimState } from "../../money/claims/claim_ack.ts";
import { Dialer } from "./dialer.ts";
import { askClaimState } from "./session_link.ts";

/** The connector, and how to sign in to it. */
type Question = Pick<
  ConstructorParameters<typeof Dialer>[0],
  "url" | "auth" | "wire" | "log" | "proof" | "publicOnly"
>;

/**
 * The connector's figures of our account, for one channel if `channelId` names it. Null if the connector cannot be reached within 5 s or
 * does not support the request.
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

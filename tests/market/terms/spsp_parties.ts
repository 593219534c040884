/** Who asks and answers for terms by SPSP. */
import type { NostrEvent, VerifiedEvent } from "../../../protocols/nostr/event.ts";
import { formatSpspResponse } from "../../../protocols/nostr/spsp.ts";
import { askBySpsp, type SpspWays } from "../../../market/terms/spsp_requester.ts";
import { spspResponder } from "../../../market/terms/spsp_responder.ts";
import { startMs } from "../../money/signer/fixtures.ts";
import { ADDRESS, NETWORK, nowS, OTHER_ADDRESS, PAYER, TOKEN, TOWN, verifier } from "./parties.ts";

export const CHAIN = "evm:84532";
export const SETTLEMENT = {
  supportedChains: [CHAIN],
  settlementAddresses: { [CHAIN]: ADDRESS },
  preferredTokens: { [CHAIN]: TOKEN },
  tokenNetworks: { [CHAIN]: NETWORK },
};
let count = 0;
export const uuid = () => `00000000-0000-4000-8000-${String(++count).padStart(12, "0")}`;

export function responderOf(party: typeof TOWN, clock = () => startMs) {
  return spspResponder({
    signer: party.signer,
    ilpAddress: "g.town",
    settlement: SETTLEMENT,
    settlementTimeoutS: 86_400,
    clock,
    uuid,
    random: (bytes) => new Uint8Array(bytes).fill(9),
  });
}

/** Timers that fire only when the test says so. */
export function handTimers() {
  const waiting = new Map<number, { run: () => void; ms: number }>();
  let next = 0;
  return {
    timers: {
      now: () => 0,
      after: (ms: number, run: () => void) => {
        const handle = ++next;
        waiting.set(handle, { run, ms });
        return () => void waiting.delete(handle);
      },
    },
    waiting,
    fire(): number {
      const [[handle, { run, ms }]] = waiting;
      waiting.delete(handle);
      run();
      return ms;
    },
  };
}

export function ask(
  ways: Partial<SpspWays>,
  more: { signal?: AbortSignal; chainId?: number } = {},
) {
  const hand = handTimers();
  const answer = askBySpsp({
    signer: PAYER.signer,
    peerPubkey: TOWN.pubkey,
    chainId: 84_532,
    offer: { ...SETTLEMENT, ilpAddress: null },
    ways: { byIlp: null, byRelay: null, ...ways },
    verifier,
    clock: () => startMs,
    uuid,
    timers: hand.timers,
    ...more,
  });
  return { answer, hand };
}

export const answerOf = async (request: NostrEvent, by = TOWN) =>
  await responderOf(by)(request as VerifiedEvent);

/** A relay that delivers these documents, then stays silent. */
export const silentAfter = (documents: (request: NostrEvent) => Promise<readonly Uint8Array[]>) =>
  async function* (request: NostrEvent, signal: AbortSignal) {
    yield* await documents(request);
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  };

export function response(requestId: string): string {
  return formatSpspResponse({
    requestId,
    destinationAccount: "g.thief.spsp.x",
    negotiatedChain: CHAIN,
    settlementAddress: OTHER_ADDRESS,
    tokenAddress: null,
    tokenNetworkAddress: null,
    channelId: null,
    settlementTimeoutS: null,
  }, new Uint8Array(32));
}

/** What the open request's id is: only the pinned key and the payer can read it. */
export async function requestIdBy(request: NostrEvent): Promise<string> {
  return JSON.parse(await TOWN.signer.decrypt(PAYER.pubkey, request.content)).requestId;
}

/** A stranger has to guess. */
export function requestIdOf(_request: NostrEvent): string {
  return `00000000-0000-4000-8000-${String(count).padStart(12, "0")}`;
}

export async function template(request: NostrEvent, by: typeof TOWN, text: string) {
  return {
    kind: 23_195,
    created_at: nowS,
    tags: [["p", request.pubkey], ["e", request.id]],
    content: await by.signer.encrypt(request.pubkey, text),
  };
}

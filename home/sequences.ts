/**
 * Runs sequences in an open home.
 *
 * @module
 */
import { answerRelays } from "../config/more_relays.ts";
import { resultKindOf } from "../protocols/nostr/kinds.ts";
import { requestLimit } from "../market/request_limit.ts";
import type { SequenceBuyer } from "../market/sequences/buy_step.ts";
import type { SequenceState } from "../store/sequence_row.ts";
import type { Home } from "./home.ts";
import type { ServiceHandle } from "../runtime/hosted_service.ts";
import { answersSinceS } from "./job_flow.ts";
import { RESULT_KINDS, type SkillSet, startRelayInbound } from "./inbound.ts";
import type { Pipeline } from "../runtime/pipeline_spec.ts";

const started = new WeakMap<Home, Promise<ServiceHandle>>();

/** Starts the service that runs the home's sequences, once for each home. It ends with the home. */
export function startSequences(home: Home): Promise<ServiceHandle> {
  const running = started.get(home) ?? start(home);
  started.set(home, running);
  return running;
}

function start(
  { supervisor, services, options, identity, spending }: Home,
): Promise<ServiceHandle> {
  const { profile, limits } = options;
  const { store, relayReader, quotes } = services;
  const { write, relay, asset, hopFees } = profile;
  const buyer: SequenceBuyer = {
    network: profile.name,
    pubkey: identity.pubkey,
    prices: { write, relay, asset, ...(hopFees === undefined ? {} : { hopFees }) },
    relays: answerRelays(profile),
    spending,
    limitBytes: requestLimit(profile.connectorBtp, limits),
  };
  return supervisor.service("sequences", buyer, {
    store,
    relayReader,
    ...quotes !== null && { quotes },
  });
}

/** Listens for answers to the jobs of a sequence, also to those that are bought later. */
export async function listenForSequence(
  home: Home,
  { sequence, attempts }: SequenceState,
  requestKinds: readonly number[],
  skills: SkillSet,
): Promise<Pipeline> {
  const kinds = new Set([...RESULT_KINDS, ...requestKinds.map(resultKindOf)]);
  const oldestMs = Math.min(
    sequence.createdAtMs,
    ...attempts.map(({ createdAtMs }) => createdAtMs),
  );
  const since = Math.floor(oldestMs / 1000) - CLOCK_SKEW_S;
  return await startRelayInbound(home, {
    name: "answers",
    role: "buyer",
    filters: [{
      kinds: [...kinds],
      "#p": [home.identity.pubkey],
      since: Math.max(0, Math.min(since, await answersSinceS(home.store, Date.now()))),
    }],
    rules: null,
    skills,
  });
}

const CLOCK_SKEW_S = 300;

/** A home with a store of its own, in this process or behind JSON. */
import { errorBody, errorFromBody } from "../../../base/control_error.ts";
import { codeOf } from "../../../base/thrown.ts";
import type { Announcement } from "../../../market/announcement.ts";
import type { Market } from "../../../market/market_service.ts";
import type { Store } from "../../../store/store.ts";
import type { HomeApi, NewJob } from "../../../home/client/home_api.ts";
import { homeMethods } from "../../../home/client/home_methods.ts";
import { alwaysAtWork, type HomeWork } from "../../../home/client/home_work.ts";
import type { ControlHandler } from "../../../home/control/control_server.ts";
import { homeHandlers } from "../../../home/control/home_socket.ts";
import { remoteHome } from "../../../home/control/remote_home.ts";
import type { ChannelManager } from "../../../money/claims/channel_manager.ts";
import type { MoneyMover } from "../../../money/channels/money_mover.ts";
import { newSequence } from "../../../market/sequences/sequence_row.ts";
import type { SequenceStep } from "../../../market/sequences/sequence_step.ts";
import { job } from "../../store/store_rows.ts";
import { surroundings } from "../../stages/surroundings.ts";

export const ROW = job({ callbackSkill: null, amountUnits: 2n ** 70n });
export const OUTBOX = {
  jobId: ROW.jobId,
  purpose: "job",
  event: new TextEncoder().encode('{"kind":5600,"content":"é"}'),
  destination: "test.provider",
  terminalPubkey: "a".repeat(64),
  amountUnits: 500n,
  createdAtMs: 1,
} as const;
export const JOB: NewJob = { row: ROW, outbox: [OUTBOX], claim: null, failover: null };
export const CLAIM = {
  op: "claimJobKey",
  key: "k",
  content: "c",
  jobId: ROW.jobId,
  atMs: 5,
  sinceMs: 1,
} as const;
export const SEQUENCE = newSequence(
  { name: null, budgetUnits: null, steps: [{ name: "one", path: "steps" } as SequenceStep] },
  { network: "dev", budgetUnits: 2n ** 70n, nowMs: 7, salt: "", unique: "u" },
);
export const call = <Progress = never>(progress: (value: Progress) => void = () => {}) => ({
  signal: new AbortController().signal,
  progress,
});

export type Manager = ChannelManager & MoneyMover;

export async function rig(
  work: Partial<HomeWork> = {},
  manager: Manager | null = null,
  relay: (store: Store) => Promise<Announcement[]> = () => Promise.resolve([]),
  market: Pick<Market, "ready" | "build" | "assign"> | null = null,
) {
  const at = await surroundings();
  const sequences: string[] = [];
  const api = homeMethods({
    store: at.store,
    relayReader: { announcements: () => relay(at.store) },
    jobLogs: null,
    blobs: null,
    market,
    manager,
    callbacks: false,
    firstSendMs: 0,
    work: { ...alwaysAtWork(() => void sequences.push("came")), ...work },
  });
  const handlers = homeHandlers(api);
  return { at, sequences, api, handlers, [Symbol.asyncDispose]: () => at[Symbol.asyncDispose]() };
}

/** The same methods with JSON text in between, as over the socket. */
export function overJson(handlers: Readonly<Record<string, ControlHandler>>): HomeApi {
  const text = (value: unknown) => JSON.parse(JSON.stringify(value ?? null));
  return remoteHome({
    async call(method, params, { signal, onProgress } = {}) {
      const progress = (value: unknown) => onProgress?.(text(value));
      try {
        return text(await handlers[method](text(params), { signal: signal!, progress }));
      } catch (error) {
        // One without a code comes as a ControlError. Here the tests see what it was.
        throw codeOf(error) === undefined ? error : errorFromBody(text(errorBody(error)));
      }
    },
  });
}

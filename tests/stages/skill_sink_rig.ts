/** The sink beside a store, with a job that was bought and one to run. */
import type { UnsignedEvent } from "../../protocols/nostr/event.ts";
import type { RunnerAnswer } from "../../market/run_answer.ts";
import { createSkillRunner, type SkillRunner } from "../../market/skill_runner.ts";
import type { Store } from "../../store/store.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { SkillHost } from "../../skills/host/host.ts";
import { skillSink } from "../../stages/skill_sink.ts";
import type { SkillSinkOptions } from "../../stages/skill_sink_services.ts";
import type { Item, Known } from "../../stages/stage.ts";
import { buyerRow, NOW_S, PROVIDER, request, RULES } from "../market/market.ts";
import { type Surroundings, surroundings } from "./surroundings.ts";

export const OPTIONS: SkillSinkOptions = {
  concurrency: 2,
  relay: { destination: "test.relay", terminalPubkey: "a".repeat(64) },
  permissions: {},
};
export const asked = request(5600, [["i", "hi", "text"]]);
export const bytes = new TextEncoder().encode(JSON.stringify(asked));
export const other = new TextEncoder().encode(JSON.stringify({ ...asked, content: "else" }));
export const BOUGHT = buyerRow(asked);
export const TO_RUN: JobRow = { ...BOUGHT, role: "provider", request: bytes };
export const RUN: Known = {
  id: asked.id,
  kind: 5600,
  route: "run",
  accepted: "yes",
  job_id: TO_RUN.jobId,
  encoding: "json",
};
export const RESULT_ID = "5".repeat(64);
export const resultEvent: UnsignedEvent = {
  kind: 6600,
  created_at: NOW_S,
  tags: [["e", asked.id]],
  content: "hi",
  pubkey: PROVIDER,
};
export const SUCCESS: RunnerAnswer = {
  status: "success",
  exitCode: 0,
  errorCode: null,
  errorMessage: null,
  result: resultEvent,
  feedback: [],
};

/** The home's real runner, except for the skill itself. */
export function runnerOf(store: Store, fakes: Partial<SkillRunner>): SkillRunner {
  const real = createSkillRunner({
    host: {} as SkillHost,
    store,
    pubkey: PROVIDER,
    rules: () => RULES,
    limitBytes: 32_767,
    clock: () => NOW_S * 1000,
  });
  return {
    ...real,
    run: () => Promise.resolve(SUCCESS),
    call: () => Promise.resolve(),
    answer: () => Promise.resolve(null),
    ...fakes,
  };
}

export async function rig(
  rows: readonly JobRow[],
  fakes: Partial<SkillRunner> = {},
  options: Partial<SkillSinkOptions> = {},
) {
  const at = await surroundings(NOW_S * 1000);
  await at.store.commit(rows.map((row) => ({ op: "putJob", row })));
  const sink = (store = at.store) =>
    skillSink({ ...OPTIONS, ...options }, { store, skills: runnerOf(store, fakes) }, at.context)
      .getWriter();
  return { at, sink, writer: sink(), [Symbol.asyncDispose]: () => at[Symbol.asyncDispose]() };
}

export const item = (seq: number, known: Known, more: Partial<Item> = {}): Item => ({
  seq,
  bytes,
  known,
  ...more,
});
export const ran = (at: Surroundings) => at.store.getJob(TO_RUN.jobId, "provider");
export const bought = (at: Surroundings) => at.store.getJob(BOUGHT.jobId, "buyer");
/** Kind and status tag of what waits to be published. */
export async function published(at: Surroundings): Promise<string[]> {
  return (await at.store.pendingOutbox(0, 100, 0)).map((row) => {
    const { kind, tags } = JSON.parse(new TextDecoder().decode(row.event)) as UnsignedEvent;
    return [kind, tags.find(([name]) => name === "status")?.[1]].join(" ").trim();
  });
}

export const answer = (seq: number, route: "result" | "feedback", known: Known = {}): Item =>
  item(seq, {
    id: `${seq}`.padStart(64, "f"),
    kind: route === "result" ? 6600 : 7000,
    route,
    job_id: BOUGHT.jobId,
    status: "success",
    pubkey: PROVIDER,
    ...known,
  });

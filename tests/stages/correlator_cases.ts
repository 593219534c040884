/** Documents that a correlator gets, and what it makes of each. */
import { encodeToon } from "../../protocols/toon/encode.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { CorrelatorOptions } from "../../stages/correlator.ts";
import type { Item } from "../../stages/stage.ts";
import { BUYER, buyerRow, NOW_S, PROVIDER, request, signed, STRANGER } from "../market/market.ts";

export const asked = request();
export const address = [["e", asked.id], ["p", BUYER]];
export const answer = (more: Partial<Parameters<typeof signed>[0]> = {}, author = PROVIDER) =>
  signed(
    { kind: 6601, created_at: NOW_S + 5, tags: address, content: '{"exit_code":3}', ...more },
    author,
  );
export const free = request(5600, [["i", "hi", "text"]]);
export const document = (event: { kind: number; id: string }, known: Item["known"] = {}) => ({
  bytes: new TextEncoder().encode(JSON.stringify(event)),
  known: { id: event.id, kind: event.kind, ...known },
});

interface Case {
  readonly name: string;
  readonly options: Partial<CorrelatorOptions>;
  readonly jobs?: readonly JobRow[];
  /** The schema of the provider's result. */
  readonly schema?: string;
  readonly document: { readonly bytes: Uint8Array; readonly known: Item["known"] };
  /** The route and the other fields that are set, or the refusal's code. */
  readonly expected: string | Item["known"];
}

export const bought = buyerRow(asked);
export const asBuyer = { role: "buyer" } as const;
const ANSWERS_KEY = "a".repeat(64);
const privateJob: JobRow = {
  ...bought,
  request: new TextEncoder().encode(
    JSON.stringify({ ...asked, tags: [...asked.tags, ["answers", ANSWERS_KEY]] }),
  ),
};
export const CASES: readonly Case[] = [
  {
    name: "the result of a job",
    options: asBuyer,
    jobs: [{ ...bought, callbackSkill: "tell-me" }],
    document: document(answer()),
    expected: {
      route: "result",
      job_id: bought.jobId,
      skill: "tell-me",
      status: "error",
      exit_code: 3,
      error_code: "exit_code",
      error_message: "the command ran and exited with 3",
    },
  },
  {
    name: "a result that does not match the schema of its provider",
    options: asBuyer,
    jobs: [bought],
    schema: '{"properties":{"exit_code":{"maximum":2}}}',
    document: document(answer()),
    expected: {
      route: "result",
      job_id: bought.jobId,
      status: "error",
      exit_code: 3,
      error_code: "bad_result",
      error_message:
        "the result does not match the schema that its provider announced: /exit_code must be at most 2",
    },
  },
  {
    name: "a result that matches the schema of its provider",
    options: asBuyer,
    jobs: [bought],
    schema: '{"required":["exit_code"]}',
    document: document(answer({ content: '{"exit_code":0}' })),
    expected: { route: "result", job_id: bought.jobId, status: "success", exit_code: 0 },
  },
  {
    name: "feedback for a job, TOON, without a kind that was scanned",
    options: asBuyer,
    jobs: [bought],
    document: {
      bytes: encodeToon(
        answer({ kind: 7000, content: "", tags: [["status", "processing"], ...address] }),
        "1.4",
      ),
      known: {},
    },
    expected: { route: "feedback", job_id: bought.jobId, status: "processing" },
  },
  {
    name: "a result by somebody else",
    options: asBuyer,
    jobs: [bought],
    document: document(answer({}, STRANGER)),
    expected: "foreign_provider",
  },
  {
    name: "a result in clear of a request that was encrypted",
    options: asBuyer,
    jobs: [{
      ...bought,
      request: new TextEncoder().encode(JSON.stringify({ ...asked, tags: [["encrypted"]] })),
    }],
    document: document(answer()),
    expected: "answered_in_clear",
  },
  {
    name: "a result of a private job that everybody can read, although it has the tag of its wrap",
    options: asBuyer,
    jobs: [privateJob],
    document: document(answer({ tags: [...address, ["wrap", ANSWERS_KEY]] })),
    expected: "answered_in_clear",
  },
  {
    name: "the same result out of a gift wrap",
    options: asBuyer,
    jobs: [privateJob],
    document: document(answer({ tags: [...address, ["wrap", ANSWERS_KEY]] }), { wrapped: "yes" }),
    expected: {
      wrapped: "yes",
      route: "result",
      job_id: bought.jobId,
      status: "error",
      exit_code: 3,
      error_code: "exit_code",
      error_message: "the command ran and exited with 3",
    },
  },
  {
    name: "a second result that says something else",
    options: asBuyer,
    jobs: [{
      ...bought,
      status: "success",
      resultEventId: "5".repeat(64),
      result: new TextEncoder().encode(JSON.stringify(answer({ content: '{"exit_code":0}' }))),
    }],
    document: document(answer()),
    expected: "contradictory",
  },
  {
    name: "a result of a job that is none of ours",
    options: asBuyer,
    document: document(answer()),
    expected: "unknown_job",
  },
  {
    name: "a result of a job that this home provides",
    options: asBuyer,
    jobs: [{ ...bought, role: "provider" }],
    document: document(answer()),
    expected: "unknown_job",
  },
  {
    name: "a result without an e tag",
    options: asBuyer,
    jobs: [bought],
    document: document(answer({ tags: [["p", BUYER]] })),
    expected: "malformed",
  },
  {
    name: "a result that names another event before its request",
    options: asBuyer,
    jobs: [bought],
    document: document(answer({ tags: [["e", "0".repeat(64)], ...address] })),
    expected: {
      route: "result",
      job_id: bought.jobId,
      status: "error",
      exit_code: 3,
      error_code: "exit_code",
      error_message: "the command ran and exited with 3",
    },
  },
  {
    name: "a result that names two jobs of ours",
    options: asBuyer,
    jobs: [bought, { ...bought, jobId: "job-0000000", eventId: "0".repeat(64) }],
    document: document(answer({ tags: [["e", "0".repeat(64)], ...address] })),
    expected: "malformed",
  },
  {
    name: "an e tag that is no id",
    options: asBuyer,
    jobs: [bought],
    document: document(answer({ tags: [["e", "' OR 1=1"], ["p", BUYER]] })),
    expected: "unknown_job",
  },
  {
    name: "a market's kind that cannot be decoded",
    options: asBuyer,
    document: { bytes: new Uint8Array([1, 2]), known: { kind: 6601, id: "a" } },
    expected: "malformed",
  },
  {
    name: "a request, seen by a buyer",
    options: asBuyer,
    document: document(asked),
    expected: { route: "unknown" },
  },
  {
    name: "the deletion of a request that runs here, by its buyer",
    options: { role: "provider" },
    jobs: [{ ...bought, role: "provider" }],
    document: document(signed({ kind: 5, created_at: NOW_S, tags: address, content: "" }, BUYER)),
    expected: { route: "cancel", job_id: bought.jobId },
  },
  {
    name: "the deletion of a request that runs here, by somebody else",
    options: { role: "provider" },
    jobs: [{ ...bought, role: "provider" }],
    document: document(
      signed({ kind: 5, created_at: NOW_S, tags: address, content: "" }, STRANGER),
    ),
    expected: "wrong_buyer",
  },
  {
    name: "the deletion of something else",
    options: { role: "provider" },
    document: document(signed({ kind: 5, created_at: NOW_S, tags: address, content: "" }, BUYER)),
    expected: { route: "unknown" },
  },
  {
    name: "a deletion, seen by a buyer",
    options: asBuyer,
    jobs: [bought],
    document: document(signed({ kind: 5, created_at: NOW_S, tags: address, content: "" }, BUYER)),
    expected: { route: "unknown" },
  },
  {
    name: "a request with a price",
    options: { role: "provider" },
    document: document(asked),
    expected: {
      route: "request",
      free: "no",
      price_units: String(50_000 + encodeToon(asked, "1.4").length),
    },
  },
  {
    name: "a request that is free",
    options: { role: "provider" },
    document: document(free),
    expected: { route: "request", free: "yes", price_units: "0" },
  },
  {
    name: "a request of a kind that is not served",
    options: { role: "provider" },
    document: document(request(5050, [])),
    expected: "kind_not_served",
  },
  {
    name: "a request that was taken already",
    options: { role: "provider" },
    jobs: [{ ...bought, role: "provider" }],
    document: document(asked),
    expected: { route: "known", job_id: bought.jobId },
  },
  {
    name: "an accepted job",
    options: { role: "provider" },
    jobs: [{ ...bought, role: "provider" }],
    document: document(asked, { accepted: "yes", job_id: bought.jobId }),
    expected: { route: "run", accepted: "yes", job_id: bought.jobId },
  },
  {
    name: "a message for a skill, which is not decoded",
    options: asBuyer,
    document: { bytes: new Uint8Array([1]), known: { kind: 1111, id: "a" } },
    expected: { route: "message" },
  },
  {
    name: "a kind for nobody, which is not decoded",
    options: asBuyer,
    document: { bytes: new Uint8Array([1]), known: { kind: 1, id: "a" } },
    expected: { route: "unknown" },
  },
];

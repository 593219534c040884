/** Requests and answers of jobs, good and bad. */
import { asEventId, asPubkey, type EventTemplate } from "../../../protocols/nostr/event.ts";
import { type JobRequest, jobRequestTemplate } from "../../../protocols/nostr/nip90.ts";
import { publicKeyOf, signEvent } from "../../../protocols/nostr/sign.ts";

export const SECRET = new Uint8Array(32).fill(7);
export const BUYER = publicKeyOf(SECRET);
export const PROVIDER = asPubkey("a".repeat(64));
export const ID = asEventId("1".repeat(64));
export const INVOICE = "lnbc20u1p3y0x3hpp5743k2g0fsqqxj7n8qzuhns5gmkk4djeejk3wkp64ppevgekvc0js";

export const REQUEST: JobRequest = {
  kind: 5601,
  inputs: [
    {
      type: "url",
      value: "https://example.org/repo.git",
      relay: "wss://r.example",
      marker: "repo",
    },
    { type: "event", value: ID },
    { type: "job", value: ID, marker: "after" },
    { type: "text", value: "" },
  ],
  params: [{ name: "command", values: ["make test"] }, { name: "env", values: ["A=1", "B=2", ""] }],
  output: "application/json",
  bid: { value: 50_000n, unit: "units" },
  relays: ["wss://r.example", "ws://127.0.0.1:7100"],
  providers: [PROVIDER],
  topics: ["ci-run", "amd64"],
  encrypted: false,
  content: "",
  extraTags: [["expiration", "1767225600"], ["client", "crosstown"]],
};

export const SIGNED = signEvent(
  { ...jobRequestTemplate({ kind: 5601, topics: ["ci-run"] }, 1), pubkey: BUYER },
  SECRET,
  new Uint8Array(32),
);

export function request(tags: string[][]): EventTemplate {
  return { kind: 5601, created_at: 1, tags, content: "" };
}

export function secret(): EventTemplate {
  return { ...request([["encrypted"], ["p", PROVIDER]]), content: "payload" };
}

export function bare(tags: string[][]): EventTemplate {
  return { kind: 6601, created_at: 1, tags, content: "" };
}

export function result(tags: string[][]): EventTemplate {
  return bare([["e", ID], ["p", BUYER], ...tags]);
}

export function forged(change: object): EventTemplate {
  const repeated = JSON.stringify({ ...SIGNED, ...change });
  return bare([["e", SIGNED.id], ["p", BUYER], ["request", repeated]]);
}

export function feedback(tags: string[][]): EventTemplate {
  return { kind: 7000, created_at: 1, tags: [["e", ID], ["p", BUYER], ...tags], content: "" };
}

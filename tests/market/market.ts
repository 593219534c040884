/**
 * What tests of the market share: keys, signed events, rows.
 *
 * @module
 */
import { M2M } from "../../protocols/ilp/asset.ts";
import type {
  EventTemplate,
  NostrEvent,
  Pubkey,
  UnsignedEvent,
} from "../../protocols/nostr/event.ts";
import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
import type { AdmissionRules } from "../../market/admission.ts";
import type { JobRow } from "../../store/job_row.ts";

/** Now, in the tests. */
export const NOW_S = 1_770_000_000;

const key = (byte: number) => new Uint8Array(32).fill(byte);

/** The parties. */
export const BUYER: Pubkey = publicKeyOf(key(1));
export const PROVIDER: Pubkey = publicKeyOf(key(2));
export const STRANGER: Pubkey = publicKeyOf(key(3));

const KEYS = new Map([[BUYER, key(1)], [PROVIDER, key(2)], [STRANGER, key(3)]]);

/** A signed event of one of them. */
export function signed(template: EventTemplate, author: Pubkey): NostrEvent {
  const unsigned: UnsignedEvent = { ...template, pubkey: author };
  return signEvent(unsigned, KEYS.get(author)!, new Uint8Array(32));
}

/** A request of the buyer. */
export function request(
  kind = 5601,
  tags: readonly (readonly string[])[] = [["param", "command", "true"]],
  more: Partial<EventTemplate> = {},
): NostrEvent {
  return signed({ kind, created_at: NOW_S, tags, content: "", ...more }, BUYER);
}

/** The buyer's row of a request. */
export function buyerRow(event: NostrEvent, more: Partial<JobRow> = {}): JobRow {
  return {
    jobId: `job-${event.id.slice(0, 7)}`,
    role: "buyer",
    eventId: event.id,
    kind: event.kind,
    type: "ci-run",
    status: "paid",
    buyer: BUYER,
    provider: PROVIDER,
    callbackSkill: null,
    createdAtMs: NOW_S * 1000,
    updatedAtMs: NOW_S * 1000,
    timeoutS: 300,
    amountUnits: 1000n,
    jobPaid: true,
    writeUnits: 0n,
    request: new TextEncoder().encode(JSON.stringify(event)),
    resultEventId: null,
    result: null,
    exitCode: null,
    errorCode: null,
    errorMessage: null,
    attempt: 0,
    ...more,
  };
}

/** What the provider serves. */
export const RULES: AdmissionRules = {
  pubkey: PROVIDER,
  asset: M2M,
  prices: [
    { kind: 5600, flatUnits: 0n, unitsPerKib: 0n },
    { kind: 5601, flatUnits: 50_000n, unitsPerKib: 1024n },
  ],
  platform: "linux/amd64",
  allowBuyers: null,
};

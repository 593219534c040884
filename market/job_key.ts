/**
 * What makes two job commands the same: the request's content without its time and signature, who asks, on which network, and for
 * which callback. Where the relay is and how long the buyer waits say nothing about what is bought.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import type { UnsignedEvent } from "../protocols/nostr/event.ts";
import type { ClaimJobKey } from "../store/store.ts";
import type { JobRow } from "../store/job_row.ts";

/** Beside the request. */
export interface JobKeyParts {
  /** `echo`, `ci-run`... as it was typed. */
  readonly type: string;
  readonly callbackSkill: string | null;
  /** `2of3` where the answers of several providers are compared. */
  readonly verify?: string | null;
  /** The network's name and contract, so that a job on a test network is none on another. */
  readonly network: string;
  /** The text of `--key`; null derives the key from the content. */
  readonly given: string | null;
}

/** Both are short texts of printable ASCII. */
interface JobKey {
  readonly key: string;
  /** The same for the same content, whatever the key. */
  readonly content: string;
}

/** The key under which the same command finds the job again. */
export interface Once extends JobKey {
  /** A job that claimed the key later than this is found; null makes a new one all the same. */
  readonly sinceMs: number | null;
}

/** Claims the key for the job, in the commit that makes it. */
export function claimOf(
  { jobId, createdAtMs }: JobRow,
  { key, content, sinceMs }: Once,
): ClaimJobKey {
  return { op: "claimJobKey", key, content, jobId, atMs: createdAtMs, sinceMs };
}

/** Computes the key of a request before it is assigned to a provider that nobody named. */
export function jobKey(request: UnsignedEvent, parts: JobKeyParts): JobKey {
  const tags = request.tags.filter(([name]) => name !== "expiration" && name !== "relays");
  const content = digest(
    [request.kind, request.pubkey, request.content, tags],
    [parts.type, parts.callbackSkill, parts.network, ...(parts.verify ? [parts.verify] : [])],
  );
  const scope = [request.pubkey, parts.network];
  return parts.given === null
    ? { key: `content:${content}`, content }
    : { key: `given:${digest([parts.given], scope)}`, content };
}

function digest(...parts: readonly unknown[]): string {
  return sha256(new TextEncoder().encode(JSON.stringify(parts))).toHex();
}

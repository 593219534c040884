/**
 * The key that makes two job commands the same. It covers the request's content without its time and signature, the buyer, the network and
 * the callback. The relay's address and the time limit do not change what is bought, so they do not count.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import type { UnsignedEvent } from "../protocols/nostr/event.ts";
import type { ClaimJobKey } from "../store/store.ts";
import type { JobRow } from "../store/job_row.ts";

/** What counts in addition to the request. */
export interface JobKeyParts {
  /** The job type as it was typed: `echo`, `ci-run`... */
  readonly type: string;
  readonly callbackSkill: string | null;
  /** The rule, e.g. `2of3` or `challenge`, if the answers of several providers may be compared. */
  readonly verify?: string | null;
  /**
   * The SHA-256 of an input that is encrypted under a new key for each request. It counts in the place of the input's reference.
   */
  readonly inputHash?: string | null;
  /** The network's name and contract, so that jobs on two networks are never the same. */
  readonly network: string;
  /** The text of `--key`; null derives the key from the content. */
  readonly given: string | null;
}

/** A key. Both fields are short texts of printable ASCII. */
interface JobKey {
  readonly key: string;
  /** Equal for equal content, even if the keys differ. */
  readonly content: string;
}

/** The key under which a repeated command finds its job. */
export interface Once extends JobKey {
  /** A job that claimed the key after this time is found. Null always makes a new job. */
  readonly sinceMs: number | null;
}

/** Claims the key for the job, in the commit that makes it. */
export function claimOf(
  { jobId, createdAtMs }: JobRow,
  { key, content, sinceMs }: Once,
): ClaimJobKey {
  return { op: "claimJobKey", key, content, jobId, atMs: createdAtMs, sinceMs };
}

/** Computes the key of a request, before a provider is assigned that the buyer did not name. */
export function jobKey(request: UnsignedEvent, parts: JobKeyParts): JobKey {
  const { inputHash = null } = parts;
  const without = ["expiration", "relays", ...inputHash === null ? [] : ["i", "imeta"]];
  const tags = request.tags.filter(([name]) => !without.includes(name));
  const content = digest(
    [request.kind, request.pubkey, request.content, tags],
    [
      parts.type,
      parts.callbackSkill,
      parts.network,
      ...(parts.verify ? [parts.verify] : []),
      ...(inputHash === null ? [] : [`input:${inputHash}`]),
    ],
  );
  const scope = [request.pubkey, parts.network];
  return parts.given === null
    ? { key: `content:${content}`, content }
    : { key: `given:${digest([parts.given], scope)}`, content };
}

function digest(...parts: readonly unknown[]): string {
  return sha256(new TextEncoder().encode(JSON.stringify(parts))).toHex();
}

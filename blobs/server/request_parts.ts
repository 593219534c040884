/**
 * What every request of a blob server needs: the server's parts, the author of the request, and the description of a blob.
 *
 * @module
 */
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import type { Verdict } from "../../protocols/nostr/verifier.ts";
import { type BlobVerb, readAuthorization } from "../blob_authorization.ts";
import type { BlobFolder } from "../blob_folder.ts";
import type { RequestHead } from "../http/http_head.ts";
import { type Answer, refusal } from "./answer.ts";
import type { BlobLedger } from "./blob_ledger.ts";
import type { StoredBlob } from "./ledger_tables.ts";
import type { BlobServerLimits } from "./limits.ts";

/** The parts of a server. */
export interface RequestParts {
  readonly folder: BlobFolder;
  readonly ledger: BlobLedger;
  readonly limits: BlobServerLimits;
  /** Without a slash at the end. */
  readonly url: string;
  /** Host names of this server. */
  readonly hosts: ReadonlySet<string>;
  readonly unitsPerMib: bigint;
  readonly verify: (events: readonly NostrEvent[]) => Promise<readonly Verdict[]>;
  readonly nowS: () => number;
}

/** The author of the request's authorization, or a refusal. */
export async function authorOf(
  { hosts, nowS, verify }: RequestParts,
  { fields }: RequestHead,
  verb: BlobVerb,
  sha256: string | null,
): Promise<{ readonly pubkey: string } | Answer> {
  const read = readAuthorization(fields.get("authorization"), {
    verb,
    sha256,
    servers: hosts,
    nowS: nowS(),
  });
  if ("refusal" in read) return refusal(401, read.refusal);
  const [verdict] = await verify([read.event]);
  if (verdict !== "ok") return refusal(401, "the authorization's signature does not verify");
  return { pubkey: read.event.pubkey };
}

/** The description of a stored blob (BUD-02). */
export function descriptorOf(
  parts: RequestParts,
  { sha256, size, uploadedS, expiresS }: StoredBlob,
): Readonly<Record<string, string | number>> {
  return {
    url: `${parts.url}/${sha256}.bin`,
    sha256,
    size,
    type: "application/octet-stream",
    uploaded: uploadedS,
    expires: expiresS,
  };
}

/** The hash in the authorization, for clients that name it only there; undefined if there is not exactly one. */
export function onlyHash({ fields }: RequestHead): string | undefined {
  try {
    const text = fields.get("authorization")?.replace(/^Nostr /i, "") ?? "";
    const bytes = Uint8Array.fromBase64(text.replaceAll("+", "-").replaceAll("/", "_"), {
      alphabet: "base64url",
    });
    const { tags } = JSON.parse(new TextDecoder().decode(bytes)) as { tags: string[][] };
    const hashes = tags.filter(([name]) => name === "x").map(([, hash]) => hash);
    return hashes.length === 1 ? hashes[0] : undefined;
  } catch {
    return undefined;
  }
}

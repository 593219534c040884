/**
 * Who vouches for a skill: `signature.json` in its folder, an event (kind 30078, NIP-78) whose tag `x` is the hash of all other files.
 * It names an author; it lets nothing run, which is what an approval does.
 *
 * ```text
 * ["d","crosstown:skill:word-count"] ["x","<sha256 of the other files>"]
 * ```
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/78.md
 * @module
 */
import type { EventTemplate } from "../../protocols/nostr/event.ts";
import { parseEvent, tagValue } from "../../protocols/nostr/event.ts";
import { EventError } from "../../protocols/nostr/event_error.ts";
import { KEY_BINDING_KIND } from "../../protocols/nostr/kinds.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import { parseStrictJson, StrictJsonError } from "../../protocols/json/strict_json.ts";
import { SIGNATURE_FILE, type SkillContent } from "./skill_content.ts";

/** What is known of a skill's author. */
export type SkillSignature =
  | { readonly state: "unsigned" }
  | {
    readonly state: "signed";
    /** The author's public key in hex. */
    readonly pubkey: string;
    /** When, as the author says it; seconds since the epoch. */
    readonly signedAtS: number;
  }
  | {
    readonly state: "invalid";
    /** Why, for people. */
    readonly why: string;
  };

/** What its author signs for a skill as it is now. */
export function signatureTemplate(
  name: string,
  { signable }: Pick<SkillContent, "signable">,
  nowS: number,
): EventTemplate {
  return {
    kind: KEY_BINDING_KIND,
    created_at: nowS,
    tags: [["d", dOf(name)], ["x", signable]],
    content: "",
  };
}

/** Reads and checks a folder's signature. Needs `read` on it. */
export async function signatureOf(
  folder: string,
  name: string,
  { signable, files }: Pick<SkillContent, "signable" | "files">,
): Promise<SkillSignature> {
  if (!files.includes(SIGNATURE_FILE)) return { state: "unsigned" };
  const invalid = (
    why: string,
  ) => ({ state: "invalid", why: `${SIGNATURE_FILE}: ${why}` } as const);
  try {
    const event = parseEvent(parseStrictJson(await Deno.readFile(`${folder}/${SIGNATURE_FILE}`)));
    const { verify } = await createVerifier();
    if (verify(event) !== "ok") return invalid("nobody signed it");
    if (event.kind !== KEY_BINDING_KIND || tagValue(event, "d") !== dOf(name)) {
      return invalid(`it is for something else than the skill ${name}`);
    }
    if (tagValue(event, "x") !== signable) return invalid("files changed after it was signed");
    return { state: "signed", pubkey: event.pubkey, signedAtS: event.created_at };
  } catch (error) {
    if (error instanceof EventError || error instanceof StrictJsonError) {
      return invalid("it is no event");
    }
    throw error;
  }
}

function dOf(name: string): string {
  return `crosstown:skill:${name}`;
}

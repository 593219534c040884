/**
 * The author's signature of a skill: `signature.json` in its folder, an event (kind 30078, NIP-78) whose tag `x` is the hash of all other
 * files. It only names the author. The skill still needs an approval to run.
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
import { APPLICATION_DATA_KIND } from "../../protocols/nostr/kinds.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import { parseStrictJson, StrictJsonError } from "../../protocols/json/strict_json.ts";
import { SIGNATURE_FILE, type SkillContent } from "./skill_content.ts";

/** The state of a skill's signature. */
export type SkillSignature =
  | { readonly state: "unsigned" }
  | {
    readonly state: "signed";
    /** The author's public key in hex. */
    readonly pubkey: string;
    /** The time that the author states, in seconds since the epoch. */
    readonly signedAtS: number;
  }
  | {
    readonly state: "invalid";
    /** The reason, for people. */
    readonly why: string;
  };

/** The event that an author signs for the current content of a skill. */
export function signatureTemplate(
  name: string,
  { signable }: Pick<SkillContent, "signable">,
  nowS: number,
): EventTemplate {
  return {
    kind: APPLICATION_DATA_KIND,
    created_at: nowS,
    tags: [["d", dOf(name)], ["x", signable]],
    content: "",
  };
}

/** Reads and checks a folder's signature. It needs `read` permission for the folder. */
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
    if (verify(event) !== "ok") return invalid("its id or signature is wrong");
    if (event.kind !== APPLICATION_DATA_KIND || tagValue(event, "d") !== dOf(name)) {
      return invalid(`it is not for the skill ${name}`);
    }
    if (tagValue(event, "x") !== signable) return invalid("files changed after it was signed");
    return { state: "signed", pubkey: event.pubkey, signedAtS: event.created_at };
  } catch (error) {
    if (error instanceof EventError || error instanceof StrictJsonError) {
      return invalid("it is not a valid event");
    }
    throw error;
  }
}

function dOf(name: string): string {
  return `crosstown:skill:${name}`;
}

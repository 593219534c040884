/**
 * `crosstown skill sign`: signs the current content of a skill with the home's key.
 *
 * @module
 */
import type { Pubkey } from "../../protocols/nostr/event.ts";
import { contentOf, SIGNATURE_FILE } from "../../skills/catalog/skill_content.ts";
import { signatureTemplate } from "../../skills/catalog/skill_signature.ts";
import type { Invocation } from "../../shell/command.ts";
import { openEventSigner } from "../../shell/home/open_home.ts";
import { printable } from "../../shell/output.ts";
import { folderOf, readSkill, skillPlaces } from "./skill_places.ts";

/** Writes the signature into the skill's folder. An existing signature is replaced. */
export async function skillSign(invocation: Invocation): Promise<number> {
  const { io, output } = invocation;
  const places = await skillPlaces(invocation);
  const folder = await folderOf(invocation, places, { written: true });
  const { manifest: { name } } = await readSkill(folder);
  const content = await contentOf(folder);
  const template = signatureTemplate(name, content, Math.floor(io.clock() / 1_000));
  const { signer, stop } = await openEventSigner(places.config, invocation);
  try {
    const { pubkey } = await signer.identity();
    const [event] = await signer.signEvents([{ ...template, pubkey: pubkey as Pubkey }]);
    const { id, created_at, kind, tags, content: text, sig } = event;
    const written = { id, pubkey, created_at, kind, tags, content: text, sig };
    const beside = `${folder}/.${SIGNATURE_FILE}-${crypto.randomUUID().slice(0, 8)}`;
    // Written by a rename, so that a link in its place is replaced, not followed.
    await Deno.writeTextFile(beside, `${JSON.stringify(written)}\n`, { createNew: true });
    await Deno.rename(beside, `${folder}/${SIGNATURE_FILE}`);
    await output.document(
      "skill-sign",
      { name, folder, pubkey, signed_sha256: content.signable },
      `${name} is signed by ${pubkey} (${printable(folder)}/${SIGNATURE_FILE})`,
    );
    return 0;
  } finally {
    await stop();
  }
}

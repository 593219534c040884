/**
 * The common part of the builtin callback skills. They handle no kind, are called by name, and write into the job's own folder among the
 * buyer's artifacts.
 *
 * @module
 */
import type { BuiltinSkill, SkillOutcome, SkillRequest } from "../../skill.ts";

/** A file that a callback writes. */
interface ArtifactFile {
  /** A plain name. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Makes a callback skill. `filesOf` returns the files for a document, and none if the document is not final. */
export function callbackSkill(
  name: string,
  description: string,
  artifacts: string | null,
  filesOf: (request: SkillRequest) => Promise<readonly ArtifactFile[]>,
): BuiltinSkill {
  return {
    manifest: {
      name,
      version: "1.0.0",
      description,
      kinds: [],
      addressed: true,
      types: [],
      tags: [],
      price: { flatUnits: 0n, unitsPerKib: 0n },
      accepts: "both",
      limits: { timeoutS: 60, memoryMb: 256, processes: 1, outputBytes: 1 << 20 },
      run: { type: "builtin" },
    },
    async run(request, { clock }): Promise<SkillOutcome> {
      const startedAtMs = clock();
      const ended = (outcome: Omit<SkillOutcome, "durationMs">): SkillOutcome => ({
        ...outcome,
        durationMs: clock() - startedAtMs,
      });
      if (artifacts === null) {
        const content = `${name} takes results of this home's own jobs, as --callback ${name}`;
        return ended({ status: "error", errorCode: "not_a_callback", content });
      }
      const folder = `${artifacts}/${request.jobId.replaceAll(/[^A-Za-z0-9-]/g, "_")}`;
      const files = await filesOf(request);
      if (files.length > 0) await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
      for (const file of files) {
        // The new file replaces the old one by rename, so readers see either the old or the new file, and a link at its place is not
        // followed.
        const beside = `${folder}/.${file.name}.new`;
        await Deno.remove(beside).catch(() => undefined);
        await Deno.writeFile(beside, file.bytes, { mode: 0o600, createNew: true });
        await Deno.rename(beside, `${folder}/${file.name}`);
      }
      return ended({ status: "success", content: files.map((file) => file.name).join(" ") });
    },
  };
}

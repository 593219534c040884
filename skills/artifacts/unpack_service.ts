/**
 * Unpacks the archive of a job's files, in a worker that may only read the archive and write into one folder. A provider made the archive,
 * so it is not trusted: absolute names, `..` and paths through links are refused, links are left out, and no file is overwritten.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";

/** The archive and its destination. */
interface ArtifactUnpackerOptions {
  /** Absolute path of the verified archive. */
  readonly archive: string;
  /** Absolute path of an empty folder. */
  readonly folder: string;
}

/** A written file. */
interface UnpackedFile {
  /** The path below the folder. */
  readonly path: string;
  readonly sizeBytes: number;
}

/** The service's method. */
interface ArtifactUnpacker {
  /** Writes the files. If the archive is refused, rejects with SkillError `bad_archive` or `too_large`, and no file was written. */
  unpack(): Promise<{ readonly files: readonly UnpackedFile[]; readonly leftOut: number }>;
}

const LIMITS = { totalBytes: 64 << 20, entries: 4_000 };

/** For the host: the service `artifact-unpacker`. */
export const definition = defineService({
  name: "artifact-unpacker",
  methods: ["unpack"] as const,
  permissions: ({ archive, folder }: ArtifactUnpackerOptions) => ({
    read: [archive, folder],
    write: [folder],
  }),
  start: (options: ArtifactUnpackerOptions): Promise<ArtifactUnpacker> =>
    Promise.resolve({
      async unpack() {
        const { gunzipBounded, readTar } = await import("../builtin/ci_run/tar_reader.ts");
        const bytes = await Deno.readFile(options.archive);
        const entries = readTar(await gunzipBounded(bytes, LIMITS.totalBytes), LIMITS);
        const files: UnpackedFile[] = [];
        let leftOut = 0;
        for (const entry of entries) {
          if (entry.type !== "file") {
            if (entry.type === "link") leftOut++;
            continue;
          }
          const path = `${options.folder}/${entry.path}`;
          await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
          const mode = entry.executable ? 0o755 : 0o644;
          await Deno.writeFile(path, entry.bytes, { createNew: true, mode });
          files.push({ path: entry.path, sizeBytes: entry.bytes.length });
        }
        return { files, leftOut };
      },
    }),
});

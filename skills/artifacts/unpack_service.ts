/**
 * Reads the archive of a job's files, in a worker that may only read the archive and, to unpack it, write into one folder. A provider made
 * the archive, so it is not trusted: absolute names, `..` and paths through links are refused, links are left out, and no file is overwritten.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";

/** The archive and its destination. */
interface ArtifactUnpackerOptions {
  /** Absolute path of the verified archive. */
  readonly archive: string;
  /** Absolute path of an empty folder. Without it, the worker can write nowhere, and `unpack` fails. */
  readonly folder?: string;
}

/** A file of the archive. */
interface UnpackedFile {
  /** The path below the folder. */
  readonly path: string;
  readonly sizeBytes: number;
}

/** The service's methods. If the archive is refused, each rejects with SkillError `bad_archive` or `too_large`, and no file was written. */
interface ArtifactUnpacker {
  /** Writes the files. */
  unpack(): Promise<{ readonly files: readonly UnpackedFile[]; readonly leftOut: number }>;
  /** Lists the files, and writes nothing. */
  list(): Promise<{ readonly files: readonly UnpackedFile[]; readonly leftOut: number }>;
  /** The bytes of one file, at most `maxBytes`; null if the archive has no such file. */
  read(path: string, maxBytes: number): Promise<
    {
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly sizeBytes: number;
    } | null
  >;
}

const LIMITS = { totalBytes: 64 << 20, entries: 4_000 };

/** For the host: the service `artifact-unpacker`. */
export const definition = defineService({
  name: "artifact-unpacker",
  methods: ["unpack", "list", "read"] as const,
  permissions: ({ archive, folder }: ArtifactUnpackerOptions) => ({
    read: [archive, ...folder === undefined ? [] : [folder]],
    ...folder !== undefined && { write: [folder] },
  }),
  start: ({ archive, folder }: ArtifactUnpackerOptions): Promise<ArtifactUnpacker> => {
    const contents = async () => {
      const { gunzipBounded, readTar } = await import("../builtin/ci_run/tar_reader.ts");
      const bytes = await Deno.readFile(archive);
      const entries = readTar(await gunzipBounded(bytes, LIMITS.totalBytes), LIMITS);
      const files = entries.filter((entry) => entry.type === "file");
      return { files, leftOut: entries.filter(({ type }) => type === "link").length };
    };
    const listed = ({ files, leftOut }: Awaited<ReturnType<typeof contents>>) => ({
      files: files.map(({ path, bytes }) => ({ path, sizeBytes: bytes.length })),
      leftOut,
    });
    return Promise.resolve({
      async unpack() {
        if (folder === undefined) throw new Error("unpack() needs a folder");
        const found = await contents();
        for (const { path: name, executable, bytes } of found.files) {
          const path = `${folder}/${name}`;
          await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
          await Deno.writeFile(path, bytes, { createNew: true, mode: executable ? 0o755 : 0o644 });
        }
        return listed(found);
      },
      list: async () => listed(await contents()),
      async read(path, maxBytes) {
        const file = (await contents()).files.find((each) => each.path === path);
        if (file === undefined) return null;
        return { bytes: file.bytes.slice(0, maxBytes), sizeBytes: file.bytes.length };
      },
    });
  },
});

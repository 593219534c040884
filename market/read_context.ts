/**
 * What a buyer's request states about a build context in addition to its files: the base images, and the test that the Containerfile names.
 *
 * @module
 */
import { basesOf, testOf } from "../skills/builtin/image_build/containerfile.ts";
import { ARCHIVE_LIMITS, gunzipBounded, readTar } from "../skills/builtin/ci_run/tar_reader.ts";
import type { PackedInput } from "./pack_input.ts";
import { ImageError } from "./image_error.ts";

/** The context that is read. */
export interface ContextQuestion {
  /** The packed folder. */
  readonly packed: PackedInput;
  /** The path of the Containerfile in it. Null means `Containerfile`, or `Dockerfile` if there is none. */
  readonly dockerfile: string | null;
  /** Build arguments. They may name a base image. */
  readonly args: Readonly<Record<string, string>>;
}

/** What was found in the context. */
export interface ContextAnswer {
  /** The base images that the provider needs. Null if the Containerfile cannot be read here: it is in a git bundle, or behind a link. */
  readonly bases: readonly string[] | null;
  /** The test command, in the form of `param test`. Null if the Containerfile names none. */
  readonly test: string | null;
}

/** Reads a packed folder. Throws ImageError `no_containerfile`. */
export async function readContext(
  { packed, dockerfile, args }: ContextQuestion,
): Promise<ContextAnswer> {
  if (packed.type !== "tar") return { bases: null, test: null };
  const bytes = packed.large ?? Uint8Array.fromBase64(packed.input[1]);
  const entries = readTar(await gunzipBounded(bytes, ARCHIVE_LIMITS.totalBytes), ARCHIVE_LIMITS);
  for (const name of dockerfile === null ? ["Containerfile", "Dockerfile"] : [dockerfile]) {
    const found = entries.find(({ path }) => path === name.replace(/^\.\//, ""));
    // Only the provider follows links.
    if (found?.type === "link") return { bases: null, test: null };
    if (found?.type !== "file") continue;
    const text = new TextDecoder().decode(found.bytes);
    return { bases: basesOf(text, args), test: testOf(text) };
  }
  const what = dockerfile ?? "Containerfile or Dockerfile";
  throw new ImageError("no_containerfile", `the folder has no ${what}, or it is not sent`);
}

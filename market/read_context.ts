/**
 * What a buyer's request says of a context beside the files: which images it begins from, and the test that its Containerfile names.
 *
 * @module
 */
import { basesOf, testOf } from "../skills/builtin/image_build/containerfile.ts";
import { ARCHIVE_LIMITS, gunzipBounded, readTar } from "../skills/builtin/ci_run/tar_reader.ts";
import type { PackedInput } from "./pack_input.ts";
import { ImageError } from "./image_error.ts";

/** How a context is read. */
export interface ContextQuestion {
  /** The packed folder. */
  readonly packed: PackedInput;
  /** Path of the Containerfile in it; null is `Containerfile`, else `Dockerfile`. */
  readonly dockerfile: string | null;
  /** Build arguments, which may name a base. */
  readonly args: Readonly<Record<string, string>>;
}

/** What is in it. */
export interface ContextAnswer {
  /** Images that the provider must have. */
  readonly bases: readonly string[];
  /** As `param test` takes it; null where the Containerfile names none. */
  readonly test: string | null;
}

/** Reads a packed folder. Throws ImageError `no_containerfile`. */
export async function readContext(
  { packed, dockerfile, args }: ContextQuestion,
): Promise<ContextAnswer> {
  if (packed.type !== "tar") return { bases: [], test: null };
  const bytes = packed.large ?? Uint8Array.fromBase64(packed.input[1]);
  const entries = readTar(await gunzipBounded(bytes, ARCHIVE_LIMITS.totalBytes), ARCHIVE_LIMITS);
  for (const name of dockerfile === null ? ["Containerfile", "Dockerfile"] : [dockerfile]) {
    const found = entries.find(({ path }) => path === name.replace(/^\.\//, ""));
    if (found?.type === "link") return { bases: [], test: null };
    if (found?.type !== "file") continue;
    const text = new TextDecoder().decode(found.bytes);
    return { bases: basesOf(text, args), test: testOf(text) };
  }
  const what = dockerfile ?? "Containerfile or Dockerfile";
  throw new ImageError("no_containerfile", `the folder has no ${what}, or it is not sent`);
}

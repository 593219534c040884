/**
 * The secrets of `crosstown build`: read from files, and sent to the provider alone, in a private job.
 *
 * @module
 */
import { resolve } from "../../base/path.ts";
import type { Invocation } from "../../shell/command.ts";
import { UsageError } from "../../shell/errors.ts";

/** All secrets together, because they travel in the request itself. */
const MAX_BYTES = 8_192;
const ID = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** Reads `--secret id=NAME,src=FILE`: texts by name. Throws UsageError, in which no secret is. */
export async function readSecrets(
  { options, io }: Pick<Invocation, "options" | "io">,
): Promise<Readonly<Record<string, string>>> {
  const secrets = new Map<string, string>();
  let left = MAX_BYTES;
  for (const { id, src } of options.list("secret").map(parts)) {
    if (secrets.has(id)) throw new UsageError(`--secret names ${id} twice`, "leave one out");
    const bytes = await readSome(resolve(io.cwd(), src), left + 1);
    if (bytes === null) throw new UsageError(`the secret file ${src} cannot be read`, "check src=");
    left -= bytes.length;
    if (left < 0) {
      throw new UsageError(`the secrets are larger than ${MAX_BYTES} bytes`, "send smaller ones");
    }
    secrets.set(id, textOf(bytes, id));
  }
  return Object.fromEntries(secrets);
}

function parts(text: string): { readonly id: string; readonly src: string } {
  const [, id = "", src = ""] = /^id=([^,]*),(?:src|source)=(.+)$/.exec(text) ?? [];
  if (ID.test(id) && src !== "") return { id, src };
  // What was typed may be the secret itself.
  throw new UsageError("--secret must be id=NAME,src=FILE", "e.g. --secret id=token,src=token.txt");
}

/** Up to `most` bytes of a file; null where it cannot be read. A device or a pipe is no secret file. */
async function readSome(path: string, most: number): Promise<Uint8Array | null> {
  try {
    if (!(await Deno.stat(path)).isFile) return null;
    using file = await Deno.open(path);
    const buffer = new Uint8Array(most);
    let size = 0;
    while (size < most) {
      const count = await file.read(buffer.subarray(size));
      if (count === null) break;
      size += count;
    }
    return buffer.subarray(0, size);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return null;
  }
}

function textOf(bytes: Uint8Array, id: string): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (text !== "" && !text.includes("\0")) return text;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  throw new UsageError(`the secret ${id} is empty or no UTF-8 text`, "encode it, e.g. as base64");
}

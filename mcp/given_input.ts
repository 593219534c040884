/**
 * The input of a job as an agent names it: a text, an address, or a file or folder inside a folder that the person shared.
 *
 * @module
 */
import { isAbsolute, join, sep } from "node:path";
import { UsageError } from "../shell/errors.ts";

/** An input as a tool takes it: at most one of the three. */
export interface GivenInput {
  readonly text?: string;
  readonly url?: string;
  readonly path?: string;
}

/** The flags of `job submit` for an input, and the command's standard input. */
interface InputFlags {
  readonly flags: readonly string[];
  readonly stdin?: string;
}

/** Reads an input. Throws UsageError if it is not one input, or if it lies outside the shared folders. */
export async function inputFlags(
  { text, url, path }: GivenInput,
  shared: readonly string[],
): Promise<InputFlags> {
  if ([text, url, path].filter((each) => each !== undefined).length > 1) {
    throw new UsageError("a job has one input", "give text, url or path");
  }
  // As an argument, a text could name any file of this machine. So it is passed on standard input.
  if (text !== undefined) return { flags: ["--input=-"], stdin: text };
  if (url !== undefined) {
    if (!/^https?:\/\/[^\s]{1,2000}$/.test(url)) {
      throw new UsageError("url is no http address", "e.g. https://host/repo.git#COMMIT");
    }
    return { flags: [`--input=${url}`] };
  }
  if (path === undefined) return { flags: [] };
  if (path === "") {
    throw new UsageError("path is empty", "name a file or folder; '.' is the whole shared folder");
  }
  return { flags: [`--input=${await sharedPath(path, shared)}`] };
}

/** The real path of an input, which must lie in a shared folder after all links are followed. */
async function sharedPath(path: string, shared: readonly string[]): Promise<string> {
  for (const root of shared) {
    const real = await Deno.realPath(isAbsolute(path) ? path : join(root, path)).catch(() => null);
    if (real !== null && (real === root || real.startsWith(root.replace(/[/\\]$/, "") + sep))) {
      return real;
    }
  }
  throw new UsageError(
    shared.length === 0 ? "no folder is shared with agents" : "this path is not in a shared folder",
    "the person who starts 'crosstown mcp' shares a folder with --share DIR",
    "not_shared",
  );
}

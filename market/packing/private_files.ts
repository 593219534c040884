/**
 * What is never packed into a job, whatever was asked for: a crosstown home, a wallet, a passphrase, and the files that the
 * configuration names as secrets. Names are compared without case and invisible characters; files and folders that are known are
 * also found under another name, as a hard link or through a bind mount, by device and inode.
 *
 * @module
 */
import { InputError } from "./input_error.ts";

/** The secrets of a home, as the file system knows them. Survives a structured clone. */
export interface PrivateIds {
  /** The home's real path, or the path as given where there is none. */
  readonly home: string;
  /** {@link fileId} of each folder that is there. */
  readonly folders: readonly string[];
  /** {@link fileId} of each file that is there. */
  readonly files: readonly string[];
}

/** A path that is not packed, and why. */
interface PrivateFind {
  /** A part of the path that was asked about: the file, or the folder that is a home. */
  readonly path: string;
  /** For people, e.g. `a crosstown home`. */
  readonly what: string;
}

/** What of a home is nobody's input; other folders in it (`skills`, a project) may be sent. */
const PRIVATE_PARTS = new Set(["", "hooks", "dev", "payers", "terms"]);

/**
 * What a path gives away by its names alone; null where nothing.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { privateName } from "./private_files.ts";
 *
 * assert.deepEqual(privateName("p/.gt/skills/x"), { path: "p/.gt", what: "a crosstown home" });
 * assert.equal(privateName("keys/Identity.ENC")?.what, "a wallet");
 * assert.equal(privateName("src/password.ts"), null);
 * ```
 */
export function privateName(path: string): PrivateFind | null {
  const parts = path.split("/").filter((part) => part !== "");
  const names = parts.map(folded);
  const upTo = (end: number) => (path.startsWith("/") ? "/" : "") + parts.slice(0, end).join("/");
  const home = names.indexOf(".gt");
  if (home >= 0) return { path: upTo(home + 1), what: HOME };
  const state = names.findIndex((name, at) => name === "hooks" && names[at + 2] === "crosstown");
  if (state >= 0) return { path: upTo(state + 3), what: "the state of a crosstown home" };
  const name = names.at(-1) ?? "";
  if (name === "identity.enc") return { path, what: "a wallet" };
  if (name.endsWith(".pass")) return { path, what: "a passphrase" };
  if (name === "crosstown.toml") return { path, what: "the settings of a crosstown home" };
  return null;
}

/**
 * Refuses an input that is a home, or lies in the part of one where its keys and its state are. Throws InputError `private_input`.
 *
 * @param path The input's real path.
 */
export function refuseInsideHome(path: string, { home }: Pick<PrivateIds, "home">): void {
  const parts = path.split("/");
  const dotGt = parts.map(folded).indexOf(".gt");
  const homes = dotGt < 0 ? [home] : [home, parts.slice(0, dotGt + 1).join("/")];
  for (const each of homes) {
    if (path !== each && !path.startsWith(`${each}/`)) continue;
    const part = path.slice(each.length + 1).split("/")[0];
    if (PRIVATE_PARTS.has(folded(part))) throw refusal({ path, what: `in ${each}, ${HOME}` });
  }
}

/** Refuses a file or folder that is a secret of this home under whatever name. Throws InputError `private_input`. */
export function refuseKnown(path: string, info: Deno.FileInfo, ids: PrivateIds): void {
  const id = fileId(info);
  if (id === null) return;
  if (info.isDirectory && ids.folders.includes(id)) throw refusal({ path, what: HOME });
  if (!info.isDirectory && ids.files.includes(id)) {
    throw refusal({ path, what: "a secret of this home" });
  }
}

/** The error of a find in an input. */
export function refusal({ path, what }: PrivateFind): InputError {
  return new InputError(
    "private_input",
    `${path} is ${what}: keys, passphrases and homes are never sent`,
    { suggestion: "Move it elsewhere, or leave it out by .gitignore" },
  );
}

/** The same error where ignored files are sent too, so that ignoring the file alone does not help; any other as it is. */
export function alsoIgnored(error: unknown): unknown {
  if (!(error instanceof InputError) || error.code !== "private_input") return error;
  return new InputError(error.code, error.message, {
    suggestion:
      "Move it elsewhere, or leave it out by .gitignore and run it without --include-ignored",
  });
}

/** What the file system knows a file by; null where the system has no such thing. */
export function fileId({ dev, ino }: Pick<Deno.FileInfo, "dev" | "ino">): string | null {
  return ino === null || ino === 0 ? null : `${dev}:${ino}`;
}

/** A name as a file system that ignores case, compatibility forms or invisible characters would take it. */
export function folded(name: string): string {
  return name.normalize("NFKC").replaceAll(/\p{Cf}/gu, "").toLowerCase();
}

const HOME = "a crosstown home";

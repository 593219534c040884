/**
 * What is never packed into a job, even if the user asks for it: a crosstown home, a wallet, a passphrase, and the files that the
 * configuration names as secrets. Names are compared without case and invisible characters. Known files and folders are also found under
 * other names, such as hard links and bind mounts, by device and inode.
 *
 * @module
 */
import { InputError } from "./input_error.ts";

/** The ids of a home's secrets in the file system. It survives a structured clone. */
export interface PrivateIds {
  /** The home's real path. If the home does not exist, the path as given. */
  readonly home: string;
  /** The {@link fileId} of each folder that exists. */
  readonly folders: readonly string[];
  /** The {@link fileId} of each file that exists. */
  readonly files: readonly string[];
}

/** A path that must not be packed, and the reason. */
interface PrivateFind {
  /** The part of the examined path that is private: the file, or the folder that is a home. */
  readonly path: string;
  /** The reason for people, e.g. `a crosstown home`. */
  readonly what: string;
}

/** The parts of a home that may never be sent. Other folders in it (`skills`, a project) may be sent. */
const PRIVATE_PARTS = new Set(["", "hooks", "dev", "payers", "terms"]);

/**
 * Finds a private path by its names alone. Null if there is none.
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
 * Refuses an input that is a home, or that is in the part of a home with its keys and state. Throws InputError `private_input`.
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

/** Refuses a file or folder that is a secret of this home, under any name. Throws InputError `private_input`. */
export function refuseKnown(path: string, info: Deno.FileInfo, ids: PrivateIds): void {
  const id = fileId(info);
  if (id === null) return;
  if (info.isDirectory && ids.folders.includes(id)) throw refusal({ path, what: HOME });
  if (!info.isDirectory && ids.files.includes(id)) {
    throw refusal({ path, what: "a secret of this home" });
  }
}

/** The error for a private path in an input. */
export function refusal({ path, what }: PrivateFind): InputError {
  return new InputError(
    "private_input",
    `${path} is ${what}: keys, passphrases and homes are never sent`,
    { suggestion: "Move it elsewhere, or exclude it with .gitignore" },
  );
}

/**
 * Adapts the suggestion of this error if ignored files are sent too, because then an ignore rule alone does not help. Other errors are
 * returned unchanged.
 */
export function alsoIgnored(error: unknown): unknown {
  if (!(error instanceof InputError) || error.code !== "private_input") return error;
  return new InputError(error.code, error.message, {
    suggestion:
      "Move it elsewhere, or exclude it with .gitignore and run the command without --include-ignored",
  });
}

/** The identity of a file in the file system: device and inode. Null if the system has no inodes. */
export function fileId({ dev, ino }: Pick<Deno.FileInfo, "dev" | "ino">): string | null {
  return ino === null || ino === 0 ? null : `${dev}:${ino}`;
}

/** A name without the differences of case, compatibility forms and invisible characters that a file system may ignore. */
export function folded(name: string): string {
  return name.normalize("NFKC").replaceAll(/\p{Cf}/gu, "").toLowerCase();
}

const HOME = "a crosstown home";

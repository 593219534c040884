/**
 * Converts the declared permissions of a stage or service into those of Deno. Deno silently ignores an unknown key, so a misspelt one would
 * not have the intended effect. Therefore unknown keys and malformed lists are refused here.
 *
 * @module
 */
import type { DeclaredPermissions } from "../base/service.ts";

const KEYS = ["net", "read", "write", "run", "env", "sys"] as const;

/** The permissions of a worker. Every kind is named, so that nothing is inherited. */
export type WorkerPermissions =
  & Record<typeof KEYS[number], string[] | false>
  & { ffi: false; import: false };

/**
 * The exact permissions of a worker.
 *
 * @throws {PermissionError} `unknown_permission` for a key that Deno does not know or that is never granted (`ffi`, `import`),
 * `bad_permission` for anything but a list of strings. `true` is refused, because a stage must name what it needs.
 */
export function workerPermissions(declared: DeclaredPermissions): WorkerPermissions {
  for (const key of Object.keys(declared)) {
    if (!(KEYS as readonly string[]).includes(key)) {
      throw new PermissionError("unknown_permission", `Cannot grant ${key}: no such permission`);
    }
  }
  const grants = Object.fromEntries(KEYS.map((key) => [key, grantOf(key, declared[key])]));
  return { ...grants, ffi: false, import: false } as WorkerPermissions;
}

/** The same text for the same permissions. */
export function permissionsKey(permissions: WorkerPermissions): string {
  return JSON.stringify(KEYS.map((key) => {
    const grant = permissions[key];
    return grant === false ? false : [...grant].sort();
  }));
}

function grantOf(key: string, list: readonly string[] | undefined): string[] | false {
  if (list === undefined) return false;
  const entries: unknown = list;
  if (!Array.isArray(entries) || !entries.every((entry) => typeof entry === "string" && entry)) {
    throw new PermissionError("bad_permission", `Cannot grant ${key}: must be a list of names`);
  }
  return entries.length === 0 ? false : [...entries];
}

/** A declaration that was refused. */
class PermissionError extends Error {
  /** Always `PermissionError`. */
  override readonly name = "PermissionError";
  /** `unknown_permission` or `bad_permission`. */
  readonly code: "unknown_permission" | "bad_permission";
  /** Makes a refusal with its code. */
  constructor(code: PermissionError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

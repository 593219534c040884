/**
 * What one check of `crosstown doctor` says, and how one is made.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";

/** The outcome of one check. */
export interface Check {
  readonly name:
    | "configuration"
    | "daemon"
    | "keys"
    | "git"
    | "relay"
    | "further relay"
    | "connector"
    | "further connector"
    | "blobs"
    | "chain"
    | "skills"
    | "sandbox"
    | "payments"
    | "packet"
    | "state"
    | "audit";
  readonly status: "ok" | "warn" | "fail";
  readonly message: string;
  /** What to do; null when all is well. */
  readonly suggestion: string | null;
}

/** Does not work. */
export function fail(name: Check["name"], message: string, suggestion: string): Check {
  return { name, status: "fail", message, suggestion };
}

/** All is well. */
export function good(name: Check["name"], message: string): Check {
  return { name, status: "ok", message, suggestion: null };
}

/**
 * What to do when a peer does not answer.
 *
 * @param key The setting that names the peer. If a flag gave it, the flag is what to correct.
 */
export function peerSuggestion(
  { profile, explain }: Pick<Config, "profile" | "explain">,
  key?: "relay" | "connector",
): string {
  const source = explain().find((entry) => entry.key === key)?.source ?? "";
  if (source.startsWith("--")) return `check the address that ${source} gives, or leave it out`;
  return profile.name === "dev"
    ? "run 'crosstown dev up --detach'"
    : "check the address and your network connection; 'crosstown dev up --detach' starts a local network to try with";
}

/** Works, but look at it. */
export function warn(name: Check["name"], message: string, suggestion: string): Check {
  return { name, status: "warn", message, suggestion };
}

/**
 * What the skills of this program check of a request before it is paid, beyond the rules in their manifests. Pure, so that it runs
 * where packets are taken in, without the tools of the skills.
 *
 * @module
 */
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { parseCiSpec } from "./ci_run/spec.ts";

/** Throws SkillError for a request that the skill cannot run. */
type BuiltinCheck = (
  event: NostrEvent,
  options: { readonly allowLoopback: boolean },
) => void;

/** By the skill's name. */
export const BUILTIN_CHECKS: ReadonlyMap<string, BuiltinCheck> = new Map([
  ["ci-run", (event, options) => void parseCiSpec(event, options)],
]);

/** The skills of this program. */
export const BUILTIN_NAMES: readonly string[] = ["echo", "ci-run"];

/**
 * What a job's flags require of its provider beside its requirements.
 *
 * @module
 */
import { IMAGE_BUILD } from "../protocols/nostr/kinds.ts";
import type { Wanted } from "./choose_provider.ts";
import type { JobFlags } from "./intake.ts";

/**
 * The tags and the platform that the provider must have. An image can be built on another platform than its own, so for images a tag states
 * which platforms a provider can build.
 */
export function soughtBy(
  { type, tags, platform }: JobFlags,
  kind: number,
): Pick<Wanted, "tags" | "platform"> {
  const named = type.startsWith("docker-build-") ? type : null;
  const tag = platform === null ? named : `docker-build-${platform.split("/")[1]}`;
  if (tag === null || kind !== IMAGE_BUILD.kind) return { tags, platform };
  return { tags: [...new Set([...tags, tag])], platform: null };
}

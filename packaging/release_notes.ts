/**
 * The notes of a release: its part of `CHANGELOG.md`.
 *
 * @module
 */

/**
 * The part of one version, without its heading.
 *
 * @param version As in a heading `## 0.2.0`, with or without a date behind it, or `Unreleased`.
 * @throws {Error} there is no such heading, or nothing below it
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { releaseNotes } from "./release_notes.ts";
 *
 * const changelog = "# Changelog\n\n## 0.2.0 (2026-11-22)\n\n- Added x.\n\n## 0.1.0\n\n- Began.\n";
 * assert.equal(releaseNotes(changelog, "0.2.0"), "- Added x.\n");
 * assert.throws(() => releaseNotes(changelog, "0.3.0"), /no part for 0\.3\.0/);
 * ```
 */
export function releaseNotes(changelog: string, version: string): string {
  const parts = changelog.split(/^## /m).slice(1);
  const part = parts.find((each) => each.split("\n", 1)[0].split(" ")[0] === version);
  const text = part?.slice(part.indexOf("\n")).trim();
  if (!text) throw new Error(`CHANGELOG.md has no part for ${version}`);
  return `${text}\n`;
}

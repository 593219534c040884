/**
 * Reads a `SKILL.md`, which has the open format of agent skills. An agent that supports the format reads the same file.
 *
 * @see https://agentskills.io/specification
 * @module
 */
import { mistake } from "./format_error.ts";
import { type FrontField, parseFrontMatter } from "./front_matter.ts";

/** The content of a `SKILL.md`. */
export interface SkillCard {
  /** Lowercase letters, digits and single hyphens, at most 64 characters. The folder must have the same name. */
  readonly name: string;
  /** What the skill does and when to use it; at most 1,024 characters. */
  readonly description: string;
  /** The name of a licence, or of its file. */
  readonly license: string | null;
  /** The requirements of the skill; at most 500 characters. */
  readonly compatibility: string | null;
  /** Any texts of the author. The key `crosstown` has the value `skill.toml`. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Tools that an agent may use without asking, in the notation of the format. */
  readonly allowedTools: readonly string[];
  /** The instructions for an agent, in Markdown. */
  readonly body: string;
}

/** The file's name. */
export const CARD_FILE = "SKILL.md";
/** The name of the file that defines how a skill is sold. `metadata: {crosstown: skill.toml}` names it. */
export const TERMS_FILE = "skill.toml";

const FIELDS = ["name", "description", "license", "compatibility", "metadata", "allowed-tools"];

/**
 * Reads the `SKILL.md` of a folder.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseSkillCard } from "./skill_card.ts";
 *
 * const text = "---\nname: word-count\ndescription: Counts words\nmetadata: {crosstown: skill.toml}\n---\n# Count\n";
 * assert.equal(parseSkillCard(text, "word-count").metadata.get("crosstown"), "skill.toml");
 * assert.throws(() => parseSkillCard(text.replace("name", "title"), "word-count"), { code: "bad_manifest", message: /:2: / });
 * ```
 *
 * @throws {SkillError} `bad_manifest`, with file and line
 */
export function parseSkillCard(text: string, folderName: string): SkillCard {
  const { fields, body } = parseFrontMatter(text, CARD_FILE);
  for (const [key, { line }] of fields) {
    if (FIELDS.includes(key)) continue;
    mistake({ file: CARD_FILE, line }, `unknown key ${key}; known are ${FIELDS.join(", ")}`);
  }
  const name = required(fields, "name", 64);
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) {
    bad(fields, "name", `name is lowercase letters, digits and single hyphens (got ${show(name)})`);
  }
  if (name !== folderName) {
    bad(fields, "name", `the folder must be named ${name} like the skill, not ${show(folderName)}`);
  }
  const tools = optional(fields, "allowed-tools", 10_000) ?? "";
  return {
    name,
    description: required(fields, "description", 1_024),
    license: optional(fields, "license", 1_024),
    compatibility: optional(fields, "compatibility", 500),
    metadata: metadata(fields),
    // A tool may have spaces in its brackets: Bash(git log:*).
    allowedTools: tools.match(/[^\s(]+(\([^)]*\))?/g) ?? [],
    body,
  };
}

type Fields = ReadonlyMap<string, FrontField>;

function required(fields: Fields, key: string, most: number): string {
  const found = optional(fields, key, most);
  if (found === null) mistake({ file: CARD_FILE, line: 1 }, `there is no ${key}`);
  return found!;
}

function optional(fields: Fields, key: string, most: number): string | null {
  const found = fields.get(key)?.value;
  if (found === undefined) return null;
  if (typeof found !== "string" || found === "") bad(fields, key, `${key} is a text`);
  if ((found as string).length > most) bad(fields, key, `${key} has over ${most} characters`);
  return found as string;
}

function metadata(fields: Fields): ReadonlyMap<string, string> {
  const found = fields.get("metadata")?.value ?? new Map<string, string>();
  if (typeof found === "string") return bad(fields, "metadata", "metadata is keys with texts");
  const terms = found.get("crosstown");
  if (terms !== undefined && terms !== TERMS_FILE) {
    bad(fields, "metadata", `metadata.crosstown is ${TERMS_FILE} (got ${show(terms)})`);
  }
  return found;
}

function bad(fields: Fields, key: string, why: string): never {
  return mistake({ file: CARD_FILE, line: fields.get(key)?.line ?? 1 }, why);
}

function show(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}

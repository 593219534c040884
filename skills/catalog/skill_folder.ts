/**
 * Reads the two files of a skill's folder. They are read again only after a change.
 *
 * @module
 */
import { placeIn } from "../format/format_error.ts";
import { parseManifest } from "../format/manifest.ts";
import { CARD_FILE, parseSkillCard, type SkillCard, TERMS_FILE } from "../format/skill_card.ts";
import type { SkillManifest } from "../skill.ts";
import { SkillError } from "../skill_error.ts";
import { nullIfMissing } from "../../base/files/missing.ts";

/** Why a folder is not a usable skill. */
export interface SkillProblem {
  /** The folder. */
  readonly folder: string;
  /**
   * The stable code: `bad_manifest`, `name_taken`, `kind_taken`, `unreadable`, `no_manifest`, `not_approved`, `changed`, `bad_folder`,
   * `weak_sandbox`.
   */
  readonly code: string;
  /** The message, for people. For a mistake in a file, it starts with the file and the line. */
  readonly message: string;
  /** The file of a mistake, relative to the folder. */
  readonly file?: string;
  /** The line of a mistake, from 1. */
  readonly line?: number;
}

/** The two files of a skill's folder. */
interface FolderSkill {
  readonly card: SkillCard;
  readonly manifest: SkillManifest;
}

/** A read folder, with a stamp that shows changes. */
export interface ReadFolder {
  readonly stamp: string;
  readonly found: FolderSkill | SkillProblem;
}

const FILE_BYTES = 65_536;

/** Reads a folder, or returns `before` if it has not changed. Never throws because of its contents. */
export async function readSkillFolder(folder: string, before?: ReadFolder): Promise<ReadFolder> {
  let stamp = "";
  try {
    const [card, terms] = await Promise.all(
      [CARD_FILE, TERMS_FILE].map((name) => Deno.stat(`${folder}/${name}`).catch(nullIfMissing)),
    );
    stamp = [card, terms].map(stampOf).join(";");
    if (before?.stamp === stamp) return before;
    if (card === null) {
      const words = terms === null
        ? `there is no ${CARD_FILE} in it`
        : `${CARD_FILE}:1: there is no ${CARD_FILE} beside ${TERMS_FILE}: it names and describes the skill`;
      return {
        stamp,
        found: problem(folder, terms === null ? "no_manifest" : "bad_manifest", words),
      };
    }
    return { stamp, found: await parsed(folder) };
  } catch (error) {
    if (error instanceof SkillError) {
      return { stamp, found: problem(folder, error.code, error.message) };
    }
    const words = error instanceof Error ? error.message : String(error);
    return { stamp: "", found: problem(folder, "unreadable", words) };
  }
}

/** Makes a problem of a folder. File and line are taken from the start of the message. */
export function problem(folder: string, code: string, message: string): SkillProblem {
  return { folder, code, message, ...placeIn(message) };
}

async function parsed(folder: string): Promise<FolderSkill | SkillProblem> {
  const card = parseSkillCard(
    await text(folder, CARD_FILE),
    folder.slice(folder.lastIndexOf("/") + 1),
  );
  if (!card.metadata.has("crosstown")) {
    const words =
      `${CARD_FILE} tells an agent what to do, and is not for sale: add metadata: {crosstown: ${TERMS_FILE}} ` +
      `and a ${TERMS_FILE} ('crosstown skill new' makes both)`;
    return problem(folder, "no_manifest", words);
  }
  return { card, manifest: parseManifest(card, await text(folder, TERMS_FILE)) };
}

async function text(folder: string, name: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    const { size } = await Deno.stat(`${folder}/${name}`);
    if (size > FILE_BYTES) {
      throw new SkillError("bad_manifest", `${name}:1: it is over ${FILE_BYTES} bytes`);
    }
    bytes = await Deno.readFile(`${folder}/${name}`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new SkillError("bad_manifest", `${name}:1: there is no ${name}`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new SkillError("bad_manifest", `${name}:1: it is not UTF-8`);
  }
}

function stampOf(info: Deno.FileInfo | null): string {
  return info === null
    ? "none"
    : `${info.mtime?.getTime()} ${info.size} ${info.ino} ${info.ctime?.getTime()}`;
}

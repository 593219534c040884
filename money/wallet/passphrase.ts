/**
 * The rules for a passphrase that a person chose, and a hint about its strength. The hint is no proof, because the strength of a secret
 * cannot be measured.
 *
 * @module
 */
import { KeyFileError } from "./key_file_error.ts";

/** The least length of a chosen passphrase, in characters. */
const MIN_PASSPHRASE_CHARACTERS = 12;

/**
 * Checks the length of a chosen passphrase.
 *
 * @throws {KeyFileError} `too_short`
 */
export function checkPassphrase(passphrase: string): void {
  if (isLongEnough(passphrase)) return;
  throw new KeyFileError(
    "too_short",
    `the passphrase must have ${MIN_PASSPHRASE_CHARACTERS} characters or more (got ${
      [...passphrase].length
    })`,
  );
}

/** Whether a chosen passphrase has the least length. */
export function isLongEnough(passphrase: string): boolean {
  return [...passphrase].length >= MIN_PASSPHRASE_CHARACTERS;
}

/**
 * A hint how to improve a passphrase. Null if there is none. An attacker who has the file can try about 10 passphrases a second on one
 * core, so the strength is the number of passphrases that the attacker has to try.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { strengthHint } from "./passphrase.ts";
 *
 * assert.equal(strengthHint("correct horse battery staple"), null);
 * assert.match(strengthHint("aaaaaaaaaaaa")!, /repeats/);
 * ```
 */
export function strengthHint(passphrase: string): string | null {
  const characters = [...passphrase];
  const distinct = new Set(characters).size;
  const better = "four or more unrelated words are easy to remember";
  if (distinct <= 5) return `it repeats ${distinct} characters: ${better}`;
  if (/^\d+$/.test(passphrase)) return `it is all digits: ${better}`;
  if (isRun(characters)) return `its characters follow each other: ${better}`;
  if (characters.length < 16 && /^[a-z]+$/.test(passphrase)) {
    return `it is ${characters.length} small letters: ${better}`;
  }
  return null;
}

/** Whether most characters differ by one from the character before: abcdef, 654321. */
function isRun(characters: readonly string[]): boolean {
  const steps = characters.slice(1).filter((character, at) =>
    Math.abs(character.codePointAt(0)! - characters[at].codePointAt(0)!) === 1
  );
  return steps.length * 4 >= (characters.length - 1) * 3;
}

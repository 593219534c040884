/**
 * What the scripts of all shells have in common: a function of `case` branches for each table, written in the shell's own quotes.
 *
 * @module
 */
import type { Offer } from "./tables.ts";

/** A branch: the pattern, and what stands behind it. */
export type Branch = readonly [pattern: string, body: string];

/** A text in single quotes of a POSIX shell, which nothing inside them ends or expands. */
export function posixQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A `case` over `subject`, for bash and zsh; `otherwise` where no branch fits. */
export function posixCase(subject: string, branches: readonly Branch[], otherwise: string): string {
  const lines = branches.map(([pattern, body]) => `    ${posixQuoted(pattern)}) ${body} ;;`);
  return [`  case ${subject} in`, ...lines, `    *) ${otherwise} ;;`, "  esac"].join("\n");
}

/** The offered words alone, in one text. */
export function wordsOf(offers: readonly Offer[]): string {
  return offers.map(({ word }) => word).join(" ");
}

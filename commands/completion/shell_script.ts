/**
 * The part that the bash and zsh scripts share: for each table a function of `case` branches, with POSIX quoting.
 *
 * @module
 */
import type { Offer, Tables } from "./tables.ts";

/** A branch of `case`: its pattern and its commands. */
type Branch = readonly [pattern: string, body: string];

/** Quotes a text in single quotes for a POSIX shell, so that it is not expanded. */
export function posixQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** How a script stores the words that a path offers: an assignment of the words, and an assignment of no words. */
interface PosixOffers {
  readonly some: (offers: readonly Offer[]) => string;
  readonly none: string;
}

/**
 * The tables for bash and zsh as functions. They set the variable that `offers` assigns (`_crosstown_commands`, `_crosstown_flags`), or
 * `REPLY` (`_crosstown_flag_values`, `_crosstown_arg_values`, `_crosstown_alias`).
 */
export function posixTables(tables: Tables, offers: PosixOffers): string {
  const offered = (table: Tables["flags"]) =>
    [...table].map(([path, found]): Branch => [path, offers.some(found)]);
  const texts = (table: ReadonlyMap<string, string>) =>
    [...table].map(([key, text]): Branch => [key, `REPLY=${posixQuoted(text)}`]);
  return [
    posixLook("commands", '"$1"', offered(tables.commands), offers.none),
    posixLook("flags", '"$1"', offered(tables.flags), offers.none),
    posixLook("flag_values", '"$1 $2"', texts(tables.flagValues), "REPLY="),
    posixLook("arg_values", '"$1 $2"', texts(tables.argValues), "REPLY="),
    posixLook("alias", '"$1"', texts(tables.aliases), "REPLY=$1"),
  ].join("");
}

/**
 * The last branches of the loop over the words before the cursor, and its end. They read `word` as a flag, a command or an argument.
 * `isCommand` is the shell's test whether the path `at` has a command `word`.
 */
export function posixWord(isCommand: string): string {
  return String.raw`    elif [[ $word == -* ]]; then
      flag=$word
      _crosstown_flag_values "$at" "$flag"
      [[ -n $REPLY ]] || _crosstown_flag_values '' "$flag"
      wants=$REPLY
    else
      _crosstown_alias "${"${at:+$at }"}$word"
      if [[ $REPLY != "${"${at:+$at }"}$word" ]]; then
        at=$REPLY
      else
        _crosstown_commands "$at"
        if [[ $count == 0 && ${isCommand} ]]; then
          at=${"${at:+$at }"}$word
        else
          count=$((count + 1))
        fi
      fi
    fi
  done
`;
}

/** A function with a `case` over `subject`. It runs `otherwise` if no branch matches. */
function posixLook(
  name: string,
  subject: string,
  branches: readonly Branch[],
  otherwise: string,
): string {
  const lines = branches.map(([pattern, body]) => `    ${posixQuoted(pattern)}) ${body} ;;\n`);
  return `_crosstown_${name}() {\n  case ${subject} in\n${
    lines.join("")
  }    *) ${otherwise} ;;\n  esac\n}\n`;
}

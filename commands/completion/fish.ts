/**
 * The completion script for fish 3 and later.
 *
 * @module
 */
import type { Offer, Tables } from "./tables.ts";

/** The script. */
export function fishScript(tables: Tables): string {
  return [
    "# fish completion of crosstown: crosstown completion fish > ~/.config/fish/completions/crosstown.fish\n",
    look("commands", [...tables.commands].map(([path, found]) => [path, offered(found)])),
    look("flags", [...tables.flags].map(([path, found]) => [path, offered(found)])),
    look("flag_values", [...tables.flagValues].map(([key, text]) => [key, echoed(text)])),
    look("arg_values", [...tables.argValues].map(([key, text]) => [key, echoed(text)])),
    look("alias", [...tables.aliases].map(([key, text]) => [key, echoed(text)])),
    BODY,
  ].join("");
}

function look(name: string, branches: readonly (readonly [string, string])[]): string {
  const cases = branches.map(([key, body]) => `    case ${quoted(key)}\n${body}`).join("");
  return `function __crosstown_${name}\n  switch "$argv"\n${cases}  end\nend\n`;
}

function offered(offers: readonly Offer[]): string {
  return offers.map(({ word, summary }) =>
    `      printf '%s\\t%s\\n' ${quoted(word)} ${quoted(summary)}\n`
  ).join("");
}

function echoed(text: string): string {
  return `      printf '%s\\n' ${quoted(text)}\n`;
}

/**
 * Quotes a text for fish, which knows two escapes in single quotes. An asterisk is escaped, because in a pattern of `switch` it would match
 * anything.
 */
function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("*", "\\*")}'`;
}

const BODY = String.raw`function __crosstown
  set -l current (commandline -ct)
  set -l at ''
  set -l count 0
  set -l wants ''
  set -l flag ''
  set -l after ''
  set -l home
  set -l tokens (commandline -opc)
  set -l program $tokens[1]
  for word in $tokens[2..-1]
    if test -n "$wants"
      contains -- $flag --home --mayor --network; and set -a home $flag $word
      set wants ''
    else if test -n "$after"
      set count (math $count + 1)
    else if test "$word" = --
      set after 1
    else if string match -q -- '--*=*' $word
      string match -qr -- '^--(home|mayor|network)=' $word; and set -a home $word
    else if string match -q -- '-*' $word
      set flag $word
      set wants (__crosstown_flag_values "$at $flag")
      test -n "$wants"; or set wants (__crosstown_flag_values " $flag")
    else
      set -l next (string trim -- "$at $word")
      set -l other (__crosstown_alias $next)
      if test -n "$other"
        set at $other
      else if test $count = 0; and contains -- $word (__crosstown_commands $at | string split -f 1 \t)
        set at $next
      else
        set count (math $count + 1)
      end
    end
  end
  set -l before ''
  if test -z "$wants" -a -z "$after"; and string match -q -- '--*=*' $current
    set flag (string split -m 1 -f 1 = -- $current)
    set before "$flag="
    set current (string split -m 1 -f 2 = -- $current)
    set wants (__crosstown_flag_values "$at $flag")
    test -n "$wants"; or set wants (__crosstown_flag_values " $flag")
    test -n "$wants"; or return
  end
  if test -z "$wants"
    if test -z "$after"; and string match -q -- '-*' $current
      __crosstown_flags $at
      test -n "$at"; and __crosstown_flags ''
      printf '%s\t%s\n' --help 'show help'
      return
    end
    set -l commands (__crosstown_commands $at)
    if test (builtin count $commands) -gt 0
      test $count = 0; and printf '%s\n' $commands
      return
    end
    set wants (__crosstown_arg_values "$at "(math $count + 1))
    test -n "$wants"; or set wants (__crosstown_arg_values "$at *")
  end
  switch "$wants"
    case '=*'
      for word in (string split ' ' -- (string sub -s 2 -- $wants))
        printf '%s\n' "$before$word"
      end
    case @file
      __fish_complete_path "$current" | string replace -r '^' -- "$before"
    case @folder
      __fish_complete_directories "$current" | string replace -r '^' -- "$before"
    case '@*'
      for line in ($program completion values (string sub -s 2 -- $wants) $home 2>/dev/null)
        printf '%s\n' "$before$line"
      end
  end
end
complete -c crosstown -f -a '(__crosstown)'
`;

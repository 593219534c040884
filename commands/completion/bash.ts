/**
 * The completion script for bash 3.2 and later. The script itself contains every command and flag. It starts `crosstown` only for ids and
 * names that depend on the home.
 *
 * @module
 */
import { posixQuoted, posixTables, posixWord } from "./shell_script.ts";
import type { Tables } from "./tables.ts";

/** Writes the script. */
export function bashScript(tables: Tables): string {
  return [
    '# bash completion of crosstown: eval "$(crosstown completion bash)" in ~/.bashrc\n',
    posixTables(tables, {
      some: (offers) => `REPLY=${posixQuoted(offers.map(({ word }) => word).join(" "))}`,
      none: "REPLY=",
    }),
    BODY,
  ].join("");
}

const BODY = String
  .raw`# The text of a typed word, without its quotes. Nothing in it is run: a word with $ or a back quote stays as it is.
_crosstown_plain() {
  local typed=$1 mark='' sign i
  REPLY=$typed
  [[ $typed != *'$'* && $typed != *'${"`"}'* ]] || return
  REPLY=''
  [[ $typed != '~' && $typed != '~/'* ]] || { REPLY=$HOME typed=${"${typed:1}"}; }
  for ((i = 0; i < ${"${#typed}"}; i++)); do
    sign=${"${typed:i:1}"}
    if [[ $sign == "$mark" ]]; then
      mark=''
    elif [[ -z $mark && ($sign == "'" || $sign == '"') ]]; then
      mark=$sign
    elif [[ $sign == \\ && $mark != "'" ]]; then
      i=$((i + 1))
      REPLY+=${"${typed:i:1}"}
    else
      REPLY+=$sign
    fi
  done
}
_crosstown() {
  local current=$2 at='' count=0 wants='' flag='' after='' home=() global='' word REPLY i
  [[ $current == = ]] && current=''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${"${COMP_WORDS[i]}"}
    [[ $word == = ]] && continue # bash takes --flag=value apart.
    if [[ -n $wants ]]; then
      case $flag in --home | --mayor | --network) _crosstown_plain "$word"; home+=("$flag" "$REPLY") ;; esac
      wants=''
    elif [[ -n $after ]]; then
      count=$((count + 1))
    elif [[ $word == -- ]]; then
      after=1
${posixWord('" $REPLY " == *" $word "*')}  COMPREPLY=()
  if [[ -z $wants ]]; then
    if [[ -z $after && $current == -* ]]; then
      REPLY=''
      [[ -z $at ]] || _crosstown_flags "$at"
      global=$REPLY
      _crosstown_flags ''
      COMPREPLY=($(compgen -W "$REPLY $global --help" -- "$current"))
      return
    fi
    _crosstown_commands "$at"
    if [[ -n $REPLY ]]; then
      [[ $count == 0 ]] && COMPREPLY=($(compgen -W "$REPLY" -- "$current"))
      return
    fi
    _crosstown_arg_values "$at" $((count + 1))
    [[ -n $REPLY ]] || _crosstown_arg_values "$at" '*'
    wants=$REPLY
  fi
  case $wants in
    =*) COMPREPLY=($(compgen -W "${"${wants#=}"}" -- "$current")) ;;
    @file | @folder)
      compopt -o filenames 2>/dev/null
      local kind=-f IFS=$'\n'
      [[ $wants == @folder ]] && kind=-d
      COMPREPLY=($(compgen "$kind" -- "$current"))
      ;;
    @*) COMPREPLY=($(compgen -W "$("$1" completion values "${"${wants#@}"}" "${"${home[@]}"}" 2>/dev/null | cut -f 1)" -- "$current")) ;;
  esac
}
complete -F _crosstown crosstown
`;

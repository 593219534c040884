/**
 * The completion script for zsh, as a file of `fpath` named `_crosstown`, or read by `eval`.
 *
 * @module
 */
import { posixQuoted, posixTables, posixWord } from "./shell_script.ts";
import type { Offer, Tables } from "./tables.ts";

/** The script. */
export function zshScript(tables: Tables): string {
  return [
    "#compdef crosstown\n",
    '# zsh completion of crosstown: eval "$(crosstown completion zsh)" in ~/.zshrc after compinit, or this as _crosstown in fpath\n',
    posixTables(tables, {
      some: (offers) => `offers=(${offers.map(described).join(" ")})`,
      none: "offers=()",
    }),
    BODY,
  ].join("");
}

/** Formats a word for `_describe`, which separates the word from its help by a colon. */
function described({ word, summary }: Offer): string {
  return posixQuoted(`${word.replaceAll(":", "\\:")}:${summary.replaceAll(":", "\\:")}`);
}

const BODY = String.raw`_crosstown() {
  local at='' count=0 wants='' flag='' after='' word REPLY i line
  local -a home offers global
  for ((i = 2; i < CURRENT; i++)); do
    word=${"${words[i]}"}
    if [[ -n $wants ]]; then
      case $flag in --home | --mayor | --network) home+=("$flag" "${"${${(Q)word}/#\\~\\//$HOME/}"}") ;; esac
      wants=''
    elif [[ -n $after ]]; then
      count=$((count + 1))
    elif [[ $word == -- ]]; then
      after=1
    elif [[ $word == --*=* ]]; then
      case $word in --home=* | --mayor=* | --network=*) home+=("${"${${(Q)word}/#\\~\\//$HOME/}"}") ;; esac
${
  posixWord("-n ${(M)offers:#$word:*}")
}  if [[ -z $wants && -z $after && ${"${words[CURRENT]}"} == --*=* ]]; then
    flag=${"${words[CURRENT]%%=*}"}
    _crosstown_flag_values "$at" "$flag"
    [[ -n $REPLY ]] || _crosstown_flag_values '' "$flag"
    wants=$REPLY
    compset -P '*='
  fi
  if [[ -z $wants ]]; then
    if [[ -z $after && ${"${words[CURRENT]}"} == -* ]]; then
      _crosstown_flags ''
      global=("${"${offers[@]}"}")
      offers=()
      [[ -z $at ]] || _crosstown_flags "$at"
      offers+=("${"${global[@]}"}" '--help:show help')
      _describe -t flags 'flag' offers
      return
    fi
    _crosstown_commands "$at"
    if (( ${"${#offers}"} )); then
      (( count )) || _describe -t commands 'command' offers
      return
    fi
    _crosstown_arg_values "$at" $((count + 1))
    [[ -n $REPLY ]] || _crosstown_arg_values "$at" '*'
    wants=$REPLY
  fi
  case $wants in
    '='*) compadd -- ${"${=wants#=}"} ;;
    @file) _files ;;
    @folder) _files -/ ;;
    @*)
      offers=()
      for line in ${'${(f)"$("${words[1]}" completion values "${wants#@}" "${home[@]}" 2>/dev/null)"}'}; do
        offers+=("${"${line/$'\\t'/:}"}")
      done
      _describe -t ids ${'"${wants#@}"'} offers
      ;;
  esac
}
if [[ $funcstack[1] == _crosstown ]]; then
  _crosstown "$@"
else
  compdef _crosstown crosstown
fi
`;

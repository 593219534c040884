/**
 * The completion script for PowerShell 5.1 and 7. It is one script block that defines no functions or variables outside it. It never
 * evaluates a word of the command line: it reads the words from the parsed line. It starts `crosstown` only for values that depend on the
 * home.
 *
 * @module
 */
import type { Offer, Tables } from "./tables.ts";

/** The script. */
export function powershellScript(tables: Tables): string {
  const offers = (table: Tables["flags"]) =>
    [...table].map(([path, found]) => branch(path, found.map(described).join(", ")));
  const texts = (table: ReadonlyMap<string, string>) =>
    [...table].map(([key, text]) => branch(key, quoted(text)));
  return [
    "# PowerShell completion of crosstown, in $PROFILE: crosstown completion powershell | Out-String | Invoke-Expression\n",
    HEAD,
    look("CommandsOf", "$path", offers(tables.commands)),
    look("FlagsOf", "$path", offers(tables.flags)),
    look("FlagValuesOf", '"$path $flag"', texts(tables.flagValues)),
    look("ArgValuesOf", '"$path $flag"', texts(tables.argValues)),
    look("AliasOf", "$path", texts(tables.aliases)),
    BODY,
  ].join("");
}

/** `-CaseSensitive`, because `-v` and `-V` are two flags; `-Exact`, because `*` is the number of a repeated argument. */
function look(name: string, subject: string, branches: readonly string[]): string {
  return `  function ${name}([string] $path, [string] $flag) {\n    switch -Exact -CaseSensitive (${subject}) {\n${
    branches.join("")
  }    }\n  }\n`;
}

function branch(key: string, body: string): string {
  return `      ${quoted(key)} { ${body || "@()"} }\n`;
}

/** A word, a tab and its line of help, as `crosstown completion values` prints them. */
function described({ word, summary }: Offer): string {
  return quoted(`${word}\t${summary}`);
}

/**
 * Quotes a text in single quotes, in which nothing is expanded. PowerShell treats four typographic quotes like the plain one, so each of
 * them is doubled.
 */
function quoted(text: string): string {
  return `'${text.replaceAll(/['\u2018\u2019\u201a\u201b]/g, "$&$&")}'`;
}

const HEAD =
  `Register-ArgumentCompleter -Native -CommandName 'crosstown', 'crosstown.exe', 'crosstown.cmd' -ScriptBlock {
  param($current, $line, $cursor)
  $ErrorActionPreference = 'Continue'
`;

const BODY = String.raw`
  # The words before the one that is completed, as they were typed.
  $words = @(foreach ($element in $line.CommandElements) {
    if ($element.Extent.EndOffset -ge $cursor) { break }
    if ($element -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
      $element.Value
    } else {
      $element.Extent.Text
    }
  })
  $tab = [string][char]9
  $program = $words[0]
  $at = ''; $count = 0; $wants = ''; $name = ''; $after = $false; $place = @()
  foreach ($word in @($words | Select-Object -Skip 1)) {
    if ($wants) {
      if (@('--home', '--mayor', '--network') -ccontains $name) { $place += $name, $word }
      $wants = ''
    } elseif ($after) {
      $count++
    } elseif ($word -ceq '--') {
      $after = $true
    } elseif ($word -clike '--*=*') {
      if ($word -cmatch '^--(home|mayor|network)=') { $place += $word }
    } elseif ($word -clike '-*') {
      $name = $word
      $wants = FlagValuesOf $at $name
      if (-not $wants) { $wants = FlagValuesOf '' $name }
    } else {
      $next = "$at $word".Trim()
      $other = AliasOf $next
      if ($other) {
        $at = $other
      } elseif ($count -eq 0 -and @(CommandsOf $at | ForEach-Object { $_.Split($tab)[0] }) -ccontains $word) {
        $at = $next
      } else {
        $count++
      }
    }
  }
  $before = ''
  $typed = [string]$current
  if (-not $wants -and -not $after -and $typed -clike '--*=*') {
    $name, $typed = $typed.Split([char[]]'=', 2)
    $before = "$name="
    $wants = FlagValuesOf $at $name
    if (-not $wants) { $wants = FlagValuesOf '' $name }
    if (-not $wants) { return }
  }
  $offers = @()
  if (-not $wants -and -not $after -and $typed -clike '-*') {
    $offers = @(if ($at) { FlagsOf $at }) + @(FlagsOf '') + @("--help$($tab)show help")
  } else {
    if (-not $wants) {
      $commands = @(CommandsOf $at)
      if ($commands.Count -gt 0) {
        if ($count -eq 0) { $offers = $commands }
      } else {
        $wants = ArgValuesOf $at "$($count + 1)"
        if (-not $wants) { $wants = ArgValuesOf $at '*' }
      }
    }
    if ($wants -clike '=*') {
      $offers = @($wants.Substring(1).Split(' '))
    } elseif ($wants -ceq '@file' -or $wants -ceq '@folder') {
      [System.Management.Automation.CompletionCompleters]::CompleteFilename($typed) |
        Where-Object { $wants -ceq '@file' -or $_.ResultType -eq 'ProviderContainer' } |
        ForEach-Object {
          [System.Management.Automation.CompletionResult]::new("$before$($_.CompletionText)", $_.ListItemText, $_.ResultType, $_.ToolTip)
        }
      return
    } elseif ($wants -clike '@*') {
      $offers = @(& $program completion values $wants.Substring(1) @place 2>$null)
    }
  }
  foreach ($offer in $offers) {
    $word, $summary = $offer.Split([char[]]$tab, 2)
    if (-not $word.StartsWith($typed, [StringComparison]::Ordinal)) { continue }
    if (-not $summary) { $summary = $word }
    [System.Management.Automation.CompletionResult]::new("$before$word", $word, 'ParameterValue', $summary)
  }
}
`;

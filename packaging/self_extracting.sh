#!/bin/sh
# crosstown @VERSION@ for @TARGET@ in one file: this script, then a tar.gz of @PAYLOAD_BYTES@ bytes with Deno, the program and
# the chain of the dev network. The script unpacks it once into a folder of the user's cache, checks at every start what lies there,
# and becomes Deno with the program's permissions. It needs sh, tar, gzip and the coreutils; jobs need git.
set -eu
umask 077
payload_sha256=@PAYLOAD_SHA256@
sums_sha256=@SUMS_SHA256@
program_sums='@PROGRAM_SUMS@'
script_bytes=@SCRIPT_BYTES@
name=@NAME@

fail() {
  echo "Error: $1" >&2
  echo "Suggestion: $2" >&2
  exit 1
}

base=${XDG_CACHE_HOME:-}
[ -n "$base" ] || base=${HOME:-}${HOME:+/.cache}
case $base in
  /*) ;;
  *) fail "there is no folder to unpack into" "set HOME or XDG_CACHE_HOME to an absolute path" ;;
esac
case $base in
  *,*) fail "the folder $base has a comma in its name" "set XDG_CACHE_HOME to a folder without one" ;;
esac
cache=$base/crosstown
dir=$cache/$name

# Ours, a folder and no link, and nobody else's to read or write.
own() { [ -d "$1" ] && [ ! -L "$1" ] && [ -O "$1" ] && [ "$(stat -c %a "$1")" = 700 ]; }

# Size, inode and times of the two programs. Only the system sets ctime, so a file with the same seal was not written since.
seal() { (cd "$1" && stat -c '%n %s %i %u %a %Y %Z' @PROGRAMS@); }

# ctime changes also without a write: a provider links Deno into the sandboxes of its jobs. If nothing else differs, the programs are
# compared by their hashes and sealed again.
sealed() {
  now=$(seal "$dir" 2>/dev/null) || return 1
  was=$(cat "$dir/seal" 2>/dev/null) || return 1
  [ "$now" != "$was" ] || return 0
  [ "$(echo "$now" | cut -d' ' -f1-6)" = "$(echo "$was" | cut -d' ' -f1-6)" ] || return 1
  (cd "$dir" && echo "$program_sums" | sha256sum -c >/dev/null 2>&1) || return 1
  # Without it, the next start compares again.
  (echo "$now" > "$dir/.seal-$$" && mv "$dir/.seal-$$" "$dir/seal") 2>/dev/null || true
}

# The modules by their hashes, and the list of these by its own.
whole() {
  own "$dir" && sealed &&
    [ "$(sha256sum < "$dir/sums")" = "$sums_sha256  -" ] &&
    (cd "$dir" && sha256sum -c sums >/dev/null 2>&1)
}

temp=
clean() {
  [ -z "$temp" ] || rm -rf "$temp"
  temp=
}

unpack() {
  for tool in tar gzip sha256sum stat tail mktemp; do
    command -v "$tool" >/dev/null || fail "$tool is not on the PATH" "install tar, gzip and the coreutils"
  done
  # Only a terminal is told: this takes some seconds, once.
  [ ! -t 2 ] || echo "Unpacking into $dir, once" >&2
  mkdir -p "$cache" || fail "cannot make $cache" "set XDG_CACHE_HOME to a folder that you can write"
  own "$cache" || fail "$cache is not a folder of yours with mode 700" "look what it is, then remove it or set XDG_CACHE_HOME"
  temp=$(mktemp -d "$cache/.unpack-XXXXXX") || fail "cannot write into $cache" "set XDG_CACHE_HOME to a folder that you can write, or make room on the disk"
  trap clean EXIT
  trap 'clean; exit 130' INT
  trap 'clean; exit 143' TERM
  tail -c "+$((script_bytes + 1))" "$0" > "$temp/payload" || fail "cannot write into $cache" "make room on the disk"
  [ "$(sha256sum < "$temp/payload")" = "$payload_sha256  -" ] ||
    fail "$0 is damaged: its contents do not have the hash that it names" "download it again"
  mkdir "$temp/program"
  tar -xzof "$temp/payload" -C "$temp/program" || fail "cannot unpack into $cache" "make room on the disk"
  seal "$temp/program" > "$temp/program/seal"
  # What is there is damaged, or half of something: it is moved away whole, for whoever still runs it.
  if [ -e "$dir" ] || [ -L "$dir" ]; then
    whole || mv -T "$dir" "$temp/damaged" 2>/dev/null || true
  fi
  # One rename makes it all appear. Whoever unpacks at the same time and comes second finds it there.
  mv -T "$temp/program" "$dir" 2>/dev/null || true
  clean
  whole || fail "what was unpacked into $dir does not have the hashes that this file names" "try again; if it happens again, check the disk"
}

own "$cache" && whole || unpack
[ -x "$dir/bin/deno" ] ||
  fail "programs may not be started from $base" "set XDG_CACHE_HOME to a folder on a disk that is not mounted noexec"
# From how much free memory on the C library gives it back. It would raise this limit by itself. An idle daemon holds 3 MB less.
export DENO_NO_UPDATE_CHECK=1 DENO_DIR="$cache/deno" MALLOC_TRIM_THRESHOLD_="${MALLOC_TRIM_THRESHOLD_:-131072}"
@START@
exit 1

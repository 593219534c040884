/**
 * The shell script of a watchdog ({@link ./watchdog.ts}).
 *
 * $1 is the process, $2 its limit of memory in KiB, $3 of processes, $4 its folder or empty, $5 the folder's limit in KiB, $6 of files, $7
 * the file with the group's count of kills or empty, $8 and $9 the seconds between two looks at processes and at the disk, then whether
 * files without a name hold the memory (and not what processes map). A descendant is found through its parent, so a new session does not
 * hide it. In a process namespace, the first process becomes the parent of orphans. The kernel lists the children of each thread. A pass over
 * all processes of the machine, repeated until it finds no more, takes much more processor time: 35 ms instead of 3 beside 200 others.
 * Resident memory counts a shared page once for each process. So if it is above the limit, the memory is counted again with shared pages
 * divided (smaps_rollup), which costs more time.
 *
 * @module
 */

/** See the start of this file. */
export const SCRIPT = `
root=$1; max_kb=$2; max_n=$3; folder=$4; max_disk_kb=$5; max_files=$6; kills=$7; pause=$8; disk_pause=$9
shift 9; in_files=$1
# One that has ended may wait to be reaped for ever, where its parent was killed and the first process of a container reaps nobody.
runs() { IFS= read -r line 2>/dev/null <"/proc/$root/stat" || return 1; case \${line##*) } in [ZX]*) return 1 ;; esac; }
stop() { echo "$1"; kill -s KILL -- "-$root" 2>/dev/null; kill -s KILL "$root" 2>/dev/null; exit 3; }
available_kb() { while read -r key kb _; do [ "$key" = MemAvailable: ] && echo "$kb" && break; done </proc/meminfo; }
# Digits with which dash calculates: above 2^63 - 1 it ends.
is_count() { case $1 in ""|*[!0-9]*) return 1 ;; esac; [ \${#1} -le 18 ]; }
# KiB and inodes that are free on the disk of the folder. No KiB: unknown. 0 inodes: the file system does not count them, and may then say -1 or
# 2^64 - 1. %a counts blocks of the size %S. busybox prints f_bsize for %S; where blocks are smaller than that, more seems to be free than is.
look_at_free() {
  free=""; free_inodes=0; set -- $(stat -f -c '%a %S %d' "$folder" 2>/dev/null)
  [ $# = 3 ] || return
  is_count "$1$2" && free=$(($1 * $2 / 1024))
  is_count "$3" && free_inodes=$3
}
wait_for() { sleep "$1" 2>/dev/null || sleep 1; }
at_most() { if [ "$1" -gt "$2" ]; then echo "$2"; else echo "$1"; fi; }
count_files() { find "$folder" -xdev 2>/dev/null | wc -l; }
# Device and inode, KiB and name of each deleted file that the tree holds; one that several processes hold comes once.
deleted() {
  for p in $tree; do
    # gVisor keeps what it maps open.
    maps=/proc/$p/map_files; [ -n "$in_files" ] && maps=
    find -L "/proc/$p/fd" $maps -maxdepth 1 -type f -links 0 -printf '%D:%i %k %p\\n'
  done 2>/dev/null | sort -u -k1,1
}
# What lies in memory (tmpfs, memfd) counts as memory. It is told apart only where the sum of all is too much: that costs a process each.
deleted_kb() { deleted | { kb=0; while read -r _ n _; do kb=$((kb + n)); done; echo "$kb"; }; }
deleted_in() {
  deleted | {
    kb=0
    while read -r _ n file; do
      case $(stat -L -f -c %T "$file" 2>/dev/null) in tmpfs|hugetlbfs|ramfs|"") at=memory ;; *) at=disk ;; esac
      [ $at = "$1" ] && kb=$((kb + n))
    done
    echo "$kb"
  }
}
find_tree() {
  tree=" $root "; n=1; found=$root
  while [ -n "$found" ]; do
    parents=$found; found=""
    for p in $parents; do
      for s in /proc/$p/task/*/children; do
        line=""; IFS= read -r line 2>/dev/null <"$s"
        for child in $line; do add "$child"; done
      done
    done
  done
}
add() {
  case "$tree" in *" $1 "*) return ;; esac
  tree="$tree$1 "; found="$found $1"; n=$((n+1))
  [ $n -gt "$max_n" ] && stop processes
}
[ -r "/proc/$$/task/$$/children" ] || find_tree() { # The kernel was built without such lists.
  all=""; n=1; found=1; tree=" $root "
  for s in /proc/[0-9]*/stat; do
    IFS= read -r line 2>/dev/null <"$s" || continue
    pid=\${line%% *}; rest=\${line##*) }; rest=\${rest#? }
    all="$all $pid:\${rest%% *}"
  done
  while [ -n "$found" ]; do
    found=""
    for p in $all; do
      case "$tree" in *" \${p#*:} "*) add "\${p%:*}" ;; esac
    done
  done
}
watch_disk() {
  look_at_free
  least=$((\${free:-0} / 2)); [ "$least" -gt 524288 ] && least=524288
  least_inodes=$((free_inodes / 2)); [ "$least_inodes" -gt 50000 ] && least_inodes=50000
  # The first look follows after a pause like all others, so that a job of milliseconds pays for none.
  wait_for "$disk_pause"
  du --inodes -sx /dev/null >/dev/null 2>&1 && count_files() { du --inodes -sx "$folder" 2>/dev/null; }
  while runs; do
    look_at_free
    [ -n "$free" ] && [ "$free" -lt "$least" ] && stop disk
    [ "$free_inodes" -gt 0 ] && [ "$free_inodes" -lt "$least_inodes" ] && stop files
    used=$(du -skx "$folder" 2>/dev/null); used=\${used%%[!0-9]*}
    [ "\${used:-0}" -gt "$max_disk_kb" ] && stop disk
    find_tree
    if [ $((\${used:-0} + $(deleted_kb))) -gt "$max_disk_kb" ]; then
      [ $((\${used:-0} + $(deleted_in disk))) -gt "$max_disk_kb" ] && stop disk
    fi
    files=$(count_files); files=\${files%%[!0-9]*}
    [ -n "$files" ] && [ "$files" -gt "$max_files" ] && stop files
    wait_for "$disk_pause"
  done
}
resident_kb() {
  kb=0
  for p in $tree; do
    while read -r key value _; do
      case $key in
        RssAnon:) kb=$((kb + value)) ;;
        RssShmem:) [ -n "$in_files" ] || kb=$((kb + value)) ;;
        VmSwap:) kb=$((kb + value)); break ;;
      esac
    done 2>/dev/null <"/proc/$p/status"
  done
  [ -z "$in_files" ] || kb=$((kb + $(deleted_in memory)))
}
# Ticks of what lives and of what its parents have waited for.
ticks() {
  sum=0
  for p in $tree; do
    IFS= read -r line 2>/dev/null <"/proc/$p/stat" || continue
    set -- \${line##*) }
    sum=$((sum + \${12} + \${13} + \${14} + \${15}))
  done
}
shared_out_kb() {
  kb=0
  for p in $tree; do
    while read -r key value _; do
      case $key in Pss_Anon:|Pss_Shmem:|SwapPss:) kb=$((kb + value)) ;; esac
    done 2>/dev/null <"/proc/$p/smaps_rollup" || return 1
  done
}
[ -n "$folder" ] && watch_disk &
[ -n "$kills" ] || { available=$(available_kb); least_kb=$(at_most $((\${available:-0} / 2)) 524288); }
while runs; do
  find_tree
  if [ -n "$kills" ]; then
    while read -r key value; do [ "$key" = oom_kill ] && [ "$value" -gt 0 ] && stop memory; done 2>/dev/null <"$kills"
  else
    resident_kb; resident=$kb
    ticks; echo "saw $resident $sum"
    if [ "$resident" -gt "$max_kb" ]; then
      [ -n "$in_files" ] || shared_out_kb || kb=$resident
      [ "$kb" -gt "$max_kb" ] && stop memory
    fi
    available=$(available_kb); [ "\${available:-$least_kb}" -lt "$least_kb" ] && stop memory
  fi
  wait_for "$pause" || stop processes
done
`;

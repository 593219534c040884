/**
 * The system calls that a job may make, with the numbers of each machine (`<asm/unistd.h>`). A call that is not listed returns ENOSYS, as
 * in a kernel without this call. Calls that future kernels add are therefore refused too.
 *
 * Left out on purpose: keyrings (`add_key`, `request_key`, `keyctl`), access to other processes (`ptrace`, `process_vm_*`, `kcmp`,
 * `pidfd_getfd`), code in the kernel and kernel subsystems (`bpf`, `perf_event_open`, `io_uring_*`, `userfaultfd`, modules, `kexec_*`),
 * mounts and namespaces (`mount`, `umount2`, `pivot_root`, `chroot`, `fsopen` and related calls, `open_tree`, `setns`, `unshare`,
 * `clone3`), files by handle (`open_by_handle_at`), memory that no limit counts (`memfd_secret`, `move_pages`), settings of the machine
 * (clocks, host name, swap, quota, accounting, kernel log), and ports and segments (`iopl`, `ioperm`, `modify_ldt`).
 *
 * `clone`, `socket`, `ioctl` and `personality` are allowed in part ({@link ./job_filter.ts}). An image build may make some more calls.
 *
 * @module
 */

/** A machine whose system calls are listed. */
export type Machine = "x86_64" | "aarch64";

// Each entry: name, number on x86_64, number on aarch64. - means that the machine does not have the call.
const CALLS: readonly string[] = [
  // Files, folders, pipes and asynchronous input and output.
  `
    read 0 63, write 1 64, open 2 -, close 3 57, stat 4 -, fstat 5 80, lstat 6 -, lseek 8 62,
    pread64 17 67, pwrite64 18 68, readv 19 65, writev 20 66, access 21 -, dup 32 23, dup2 33 -,
    dup3 292 24, pipe 22 -, pipe2 293 59, fcntl 72 25, flock 73 32, fsync 74 82,
    fdatasync 75 83, truncate 76 45, ftruncate 77 46, getdents 78 -, getdents64 217 61,
    getcwd 79 17, chdir 80 49, fchdir 81 50, rename 82 -, mkdir 83 -, rmdir 84 -, creat 85 -,
    link 86 -, unlink 87 -, symlink 88 -, readlink 89 -, chmod 90 -, fchmod 91 52, chown 92 -,
    fchown 93 55, lchown 94 -, umask 95 166, mknod 133 -, openat 257 56, openat2 437 437,
    close_range 436 436, mkdirat 258 34, mknodat 259 33, fchownat 260 54, newfstatat 262 79,
    unlinkat 263 35, renameat 264 38, renameat2 316 276, linkat 265 37, symlinkat 266 36,
    readlinkat 267 78, fchmodat 268 53, fchmodat2 452 452, faccessat 269 48, faccessat2 439 439,
    statx 332 291, preadv 295 69, pwritev 296 70, preadv2 327 286, pwritev2 328 287,
    sendfile 40 71, splice 275 76, tee 276 77, vmsplice 278 75, sync_file_range 277 84,
    fallocate 285 47, copy_file_range 326 285, readahead 187 213, fadvise64 221 223,
    sync 162 81, syncfs 306 267, utime 132 -, utimes 235 -, utimensat 280 88, futimesat 261 -,
    setxattr 188 5, lsetxattr 189 6, fsetxattr 190 7, getxattr 191 8, lgetxattr 192 9,
    fgetxattr 193 10, listxattr 194 11, llistxattr 195 12, flistxattr 196 13,
    removexattr 197 14, lremovexattr 198 15, fremovexattr 199 16, setxattrat 463 463,
    getxattrat 464 464, listxattrat 465 465, removexattrat 466 466, statfs 137 43,
    fstatfs 138 44, inotify_init 253 -, inotify_init1 294 26, inotify_add_watch 254 27,
    inotify_rm_watch 255 28, cachestat 451 451, io_setup 206 0, io_destroy 207 1,
    io_submit 209 2, io_cancel 210 3, io_getevents 208 4, io_pgetevents 333 292,
    memfd_create 319 279,
  `,
  // Its own memory.
  `
    mmap 9 222, mprotect 10 226, munmap 11 215, brk 12 214, mremap 25 216, msync 26 227,
    mincore 27 232, madvise 28 233, mlock 149 228, mlock2 325 284, munlock 150 229,
    mlockall 151 230, munlockall 152 231, pkey_mprotect 329 288, pkey_alloc 330 289,
    pkey_free 331 290, remap_file_pages 216 234, membarrier 324 283, rseq 334 293,
    get_mempolicy 239 236, set_mempolicy 238 237, mseal 462 462, map_shadow_stack 453 453,
  `,
  // Processes and threads in its own process namespace, and calls with which a job restricts itself.
  `
    fork 57 -, vfork 58 -, execve 59 221, execveat 322 281, exit 60 93, exit_group 231 94,
    wait4 61 260, waitid 247 95, kill 62 129, tkill 200 130, tgkill 234 131, getpid 39 172,
    getppid 110 173, gettid 186 178, getpgid 121 155, getpgrp 111 -, setpgid 109 154,
    setsid 112 157, getsid 124 156, getpriority 140 141, setpriority 141 140, getrlimit 97 163,
    setrlimit 160 164, prlimit64 302 261, getrusage 98 165, times 100 153, sched_yield 24 124,
    sched_setparam 142 118, sched_getparam 143 121, sched_setscheduler 144 119,
    sched_getscheduler 145 120, sched_get_priority_max 146 125, sched_get_priority_min 147 126,
    sched_rr_get_interval 148 127, sched_setaffinity 203 122, sched_getaffinity 204 123,
    sched_setattr 314 274, sched_getattr 315 275, set_tid_address 218 96,
    set_robust_list 273 99, get_robust_list 274 100, futex 202 98, futex_waitv 449 449,
    futex_wake 454 454, futex_wait 455 455, futex_requeue 456 456, prctl 157 167,
    arch_prctl 158 -, restart_syscall 219 128, pidfd_open 434 434, pidfd_send_signal 424 424,
    ioprio_get 252 31, ioprio_set 251 30, getcpu 309 168, seccomp 317 277,
    landlock_create_ruleset 444 444, landlock_add_rule 445 445, landlock_restrict_self 446 446,
  `,
  // User and group ids and capabilities. A job has no capability, so it cannot gain rights with them.
  `
    getuid 102 174, geteuid 107 175, getgid 104 176, getegid 108 177, getgroups 115 158,
    getresuid 118 148, getresgid 120 150, setuid 105 146, setgid 106 144, setreuid 113 145,
    setregid 114 143, setresuid 117 147, setresgid 119 149, setgroups 116 159, setfsuid 122 151,
    setfsgid 123 152, capget 125 90, capset 126 91, uname 63 160, sysinfo 99 179,
  `,
  // Signals.
  `
    rt_sigaction 13 134, rt_sigprocmask 14 135, rt_sigreturn 15 139, rt_sigpending 127 136,
    rt_sigtimedwait 128 137, rt_sigqueueinfo 129 138, rt_tgsigqueueinfo 297 240,
    rt_sigsuspend 130 133, sigaltstack 131 132, pause 34 -, signalfd 282 -, signalfd4 289 74,
    alarm 37 -,
  `,
  // Reading clocks, timers, random bytes.
  `
    gettimeofday 96 169, time 201 -, clock_gettime 228 113, clock_getres 229 114,
    clock_nanosleep 230 115, nanosleep 35 101, getitimer 36 102, setitimer 38 103,
    timer_create 222 107, timer_settime 223 110, timer_gettime 224 108,
    timer_getoverrun 225 109, timer_delete 226 111, timerfd_create 283 85,
    timerfd_settime 286 86, timerfd_gettime 287 87, getrandom 318 278,
  `,
  // Waiting.
  `
    poll 7 -, ppoll 271 73, select 23 -, pselect6 270 72, epoll_create 213 -,
    epoll_create1 291 20, epoll_ctl 233 21, epoll_wait 232 -, epoll_pwait 281 22,
    epoll_pwait2 441 441, eventfd 284 -, eventfd2 290 19,
  `,
  // Existing sockets. A rule decides which sockets can be made.
  `
    socketpair 53 199, connect 42 203, bind 49 200, listen 50 201, accept 43 202,
    accept4 288 242, getsockname 51 204, getpeername 52 205, sendto 44 206, recvfrom 45 207,
    sendmsg 46 211, recvmsg 47 212, sendmmsg 307 269, recvmmsg 299 243, shutdown 48 210,
    setsockopt 54 208, getsockopt 55 209,
  `,
  // System V and POSIX queues, segments and semaphores in its own namespace.
  `
    shmget 29 194, shmat 30 196, shmctl 31 195, shmdt 67 197, semget 64 190, semop 65 193,
    semctl 66 191, semtimedop 220 192, msgget 68 186, msgsnd 69 189, msgrcv 70 188,
    msgctl 71 187, mq_open 240 180, mq_unlink 241 181, mq_timedsend 242 182,
    mq_timedreceive 243 183, mq_notify 244 184, mq_getsetattr 245 185,
  `,
];

/** Calls that are allowed in part, in the format of `CALLS`. */
const IN_PART = "clone 56 220, socket 41 198, ioctl 16 29, personality 135 92";

// Additional calls of an image build: the roots of its steps, and mounts in a mount namespace that belongs to its own user namespace.
const OF_BUILDS =
  "mount 165 40, umount2 166 39, chroot 161 51, pivot_root 155 41, sethostname 170 161";

/** Calls of a build that are allowed in part or do nothing. */
const IN_PART_OF_BUILDS = "unshare 272 97, setgroups 116 159";

// Additional calls of runsc: it makes namespaces and roots for its processes, and stops the processes of the job at their system calls.
const OF_RUNSC = `${OF_BUILDS}, clone 56 220, unshare 272 97, ptrace 101 117`;

/**
 * What a filter is for: a job; the build of an image, whose engine mounts file systems; or gVisor's `runsc`, which answers the system calls
 * of a job.
 */
export type Purpose = "job" | "build" | "runsc";

/** Name and number of every call that is allowed with any arguments. */
export function allowedCalls(machine: Machine, purpose: Purpose): ReadonlyMap<string, number> {
  const calls = read(CALLS.join(""), machine);
  for (const name of callsInPart(machine, purpose).keys()) calls.delete(name);
  if (purpose === "build") return new Map([...calls, ...read(OF_BUILDS, machine)]);
  return purpose === "runsc" ? new Map([...calls, ...read(OF_RUNSC, machine)]) : calls;
}

/** Name and number of every call that has its own rule, for example about its arguments. */
export function callsInPart(machine: Machine, purpose: Purpose): ReadonlyMap<string, number> {
  const calls = read(IN_PART, machine);
  if (purpose === "build") return new Map([...calls, ...read(IN_PART_OF_BUILDS, machine)]);
  if (purpose === "runsc") calls.delete("clone");
  return calls;
}

function read(text: string, machine: Machine): Map<string, number> {
  const found = new Map<string, number>();
  for (const entry of text.split(",")) {
    const [name, x86_64, aarch64] = entry.trim().split(" ");
    const number = machine === "x86_64" ? x86_64 : aarch64;
    if (name !== "" && number !== "-") found.set(name, Number(number));
  }
  return found;
}

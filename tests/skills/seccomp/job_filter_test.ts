import assert from "node:assert/strict";
import {
  ALLOW,
  answerError,
  assemble,
  KILL,
  type Line,
} from "../../../skills/seccomp/assembler.ts";
import { jobFilter } from "../../../skills/seccomp/job_filter.ts";
import { allowedCalls, callsInPart, type Machine } from "../../../skills/seccomp/system_calls.ts";

/** Returns what the kernel would do with a call, by the rules of its classic BPF machine. */
function run(number: number, architecture: number, ...args: readonly number[]): number {
  return runOf(jobFilter(), number, architecture, ...args);
}

function runOf(
  program: Uint8Array<ArrayBuffer>,
  number: number,
  architecture: number,
  ...args: readonly number[]
): number {
  const view = new DataView(program.buffer);
  const data = [number, architecture, 0, 0, ...args.flatMap((low) => [low, 0xffffffff])];
  let loaded = 0;
  for (let at = 0; at < program.length / 8; at++) {
    const k = view.getUint32(at * 8 + 4, true);
    const [whenTrue, whenFalse] = [view.getUint8(at * 8 + 2), view.getUint8(at * 8 + 3)];
    switch (view.getUint16(at * 8, true)) {
      case 0x20:
        loaded = (data[k / 4] ?? 0) >>> 0;
        break;
      case 0x15:
        at += loaded === k ? whenTrue : whenFalse;
        break;
      case 0x35:
        at += loaded >= k ? whenTrue : whenFalse;
        break;
      case 0x45:
        at += (loaded & k) !== 0 ? whenTrue : whenFalse;
        break;
      case 0x05:
        at += k;
        break;
      case 0x06:
        return k;
      default:
        throw new Error("no such instruction");
    }
  }
  throw new Error("the program has no end");
}

const NOT_THERE = answerError(38);
const NOT_PERMITTED = answerError(1);
const NO_FAMILY = answerError(97);
const MACHINES: Readonly<Record<Machine, number>> = { x86_64: 0xc000003e, aarch64: 0xc00000b7 };

/** By <asm/unistd.h> of each machine, and not by our own table. */
const REFUSED: Readonly<Record<Machine, Readonly<Record<string, readonly number[]>>>> = {
  x86_64: {
    "add_key, request_key, keyctl": [248, 249, 250],
    "ptrace, process_vm_readv, process_vm_writev, kcmp, pidfd_getfd": [101, 310, 311, 312, 438],
    "bpf, perf_event_open, userfaultfd": [321, 298, 323],
    "io_uring_setup, _enter, _register": [425, 426, 427],
    "mount, umount2, pivot_root, chroot, setns, unshare, clone3": [
      165,
      166,
      155,
      161,
      308,
      272,
      435,
    ],
    "open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, mount_setattr": [
      428,
      429,
      430,
      431,
      432,
      433,
      442,
    ],
    "open_by_handle_at, name_to_handle_at, memfd_secret": [304, 303, 447],
    "init_module, finit_module, delete_module, kexec_load, reboot": [175, 313, 176, 246, 169],
    "iopl, ioperm, modify_ldt, syslog, sethostname, settimeofday": [172, 173, 154, 103, 170, 164],
  },
  aarch64: {
    "add_key, request_key, keyctl": [217, 218, 219],
    "ptrace, process_vm_readv, process_vm_writev, kcmp, pidfd_getfd": [117, 270, 271, 272, 438],
    "bpf, perf_event_open, userfaultfd": [280, 241, 282],
    "io_uring_setup, _enter, _register": [425, 426, 427],
    "mount, umount2, pivot_root, chroot, setns, unshare, clone3": [40, 39, 41, 51, 268, 97, 435],
    "open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, mount_setattr": [
      428,
      429,
      430,
      431,
      432,
      433,
      442,
    ],
    "open_by_handle_at, name_to_handle_at, memfd_secret": [265, 264, 447],
    "init_module, finit_module, delete_module, kexec_load, reboot": [105, 273, 106, 104, 142],
    "syslog, sethostname, settimeofday": [116, 161, 170],
  },
};
/** read, write, openat, execve, exit_group, mmap, futex, connect, getrandom, rseq. */
const NEEDED: Readonly<Record<Machine, readonly number[]>> = {
  x86_64: [0, 1, 257, 59, 231, 9, 202, 42, 318, 334],
  aarch64: [63, 64, 56, 221, 94, 222, 98, 203, 278, 293],
};
const CALLS: Readonly<
  Record<Machine, Readonly<Record<"clone" | "socket" | "ioctl" | "personality", number>>>
> = {
  x86_64: { clone: 56, socket: 41, ioctl: 16, personality: 135 },
  aarch64: { clone: 220, socket: 198, ioctl: 29, personality: 92 },
};

for (const [name, audit] of Object.entries(MACHINES) as [Machine, number][]) {
  Deno.test(`jobFilter() allows what is on the list on ${name}, and no other of all numbers`, () => {
    const listed = new Set(allowedCalls(name, "job").values());
    const inPart = new Set(callsInPart(name, "job").values());
    for (const number of NEEDED[name]) assert.ok(listed.has(number), `${number}`);
    assert.deepEqual([...inPart], Object.values(CALLS[name]));
    for (let number = 0; number < 700; number++) {
      if (inPart.has(number)) continue;
      assert.equal(run(number, audit), listed.has(number) ? ALLOW : NOT_THERE, `${number}`);
    }
    for (const number of [4096, 0x40000000, 0x40000001, 0x7fffffff, 0xffffffff]) {
      assert.equal(run(number, audit), NOT_THERE, `${number}`);
    }
  });

  for (const [calls, numbers] of Object.entries(REFUSED[name])) {
    Deno.test(`jobFilter() refuses ${calls} on ${name}`, () => {
      for (const number of numbers) assert.equal(run(number, audit), NOT_THERE, `${number}`);
    });
  }

  const { clone, socket, ioctl, personality } = CALLS[name];
  Deno.test(`jobFilter() lets a job start processes and threads on ${name}, and no namespace`, () => {
    const [SIGCHLD, THREAD, VFORK] = [17, 0x3d0f00, 0x4111];
    for (const flags of [SIGCHLD, THREAD, VFORK]) assert.equal(run(clone, audit, flags), ALLOW);
    for (
      const flag of [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000]
    ) {
      assert.equal(run(clone, audit, flag | SIGCHLD), NOT_PERMITTED, `${flag}`);
      assert.equal(run(clone, audit, 0x7e020000), NOT_PERMITTED);
    }
  });

  Deno.test(`jobFilter() lets a job make unix, IPv4 and IPv6 sockets alone on ${name}`, () => {
    const [NETLINK, PACKET, ALG, VSOCK, XDP] = [16, 17, 38, 40, 44];
    for (const family of [1, 2, 10]) assert.equal(run(socket, audit, family), ALLOW, `${family}`);
    for (const family of [0, 3, 11, NETLINK, PACKET, ALG, VSOCK, XDP, 0xffffffff]) {
      assert.equal(run(socket, audit, family), NO_FAMILY, `${family}`);
    }
  });

  Deno.test(`jobFilter() lets no job type into a terminal on ${name}`, () => {
    const [TIOCSTI, TIOCLINUX, TIOCGWINSZ, FIONREAD] = [0x5412, 0x541c, 0x5413, 0x541b];
    for (const request of [TIOCSTI, TIOCLINUX]) {
      assert.equal(run(ioctl, audit, 1, request), NOT_PERMITTED);
    }
    for (const request of [TIOCGWINSZ, FIONREAD, 0]) {
      assert.equal(run(ioctl, audit, TIOCSTI, request), ALLOW);
    }
  });

  Deno.test(`jobFilter() gives a job the personalities of build tools on ${name}`, () => {
    for (const value of [0, 8, 0x20000, 0x40000, 0xffffffff]) {
      assert.equal(run(personality, audit, value), ALLOW);
    }
    const [READ_IMPLIES_EXEC, MMAP_PAGE_ZERO] = [0x400000, 0x100000];
    for (const value of [READ_IMPLIES_EXEC, MMAP_PAGE_ZERO]) {
      assert.equal(run(personality, audit, value), NOT_PERMITTED);
    }
  });
}

Deno.test("jobFilter() refuses 32-bit programs every call, and ends one of a convention nobody knows", () => {
  const [I386, ARM, RISCV64, PPC64, NOTHING] = [0x40000003, 0x40000028, 0xc00000f3, 0x80000015, 0];
  for (const number of [0, 1, 4, 102, 359, 425]) {
    for (const audit of [I386, ARM]) assert.equal(run(number, audit, 1), NOT_THERE);
    for (const audit of [RISCV64, PPC64, NOTHING]) assert.equal(run(number, audit), KILL);
  }
});

const WRONG: readonly { readonly name: string; readonly lines: readonly Line[] }[] = [
  { name: "an empty program", lines: [] },
  { name: "an unknown label", lines: [{ op: "goto", to: "x" }] },
  { name: "a label at the end", lines: [{ op: "goto", to: "x" }, { op: "label", name: "x" }] },
  {
    name: "a jump backwards",
    lines: [{ op: "label", name: "x" }, { op: "goto", to: "x" }],
  },
  {
    name: "a jump of more than a byte",
    lines: [
      { op: "if", is: "equal", value: 1, then: "x" },
      ...Array.from({ length: 256 }, (): Line => ({ op: "load", offset: 0 })),
      { op: "label", name: "x" },
      { op: "return", action: ALLOW },
    ],
  },
  {
    name: "a label twice",
    lines: [{ op: "label", name: "x" }, { op: "label", name: "x" }, {
      op: "return",
      action: ALLOW,
    }],
  },
];
for (const { name, lines } of WRONG) {
  Deno.test(`assemble() refuses ${name}`, () => {
    assert.throws(() => assemble(lines), RangeError);
  });
}

for (
  const { machine, mount, ptrace, unshare, setgroups, keyctl, setns } of [
    {
      machine: "x86_64",
      mount: 165,
      ptrace: 101,
      unshare: 272,
      setgroups: 116,
      keyctl: 250,
      setns: 308,
    },
    {
      machine: "aarch64",
      mount: 40,
      ptrace: 117,
      unshare: 97,
      setgroups: 159,
      keyctl: 219,
      setns: 268,
    },
  ] as const
) {
  Deno.test(`jobFilter() lets a build mount on ${machine}, and make mount and host name namespaces alone`, () => {
    const build = (number: number, ...args: readonly number[]) =>
      runOf(jobFilter("build"), number, MACHINES[machine], ...args);
    assert.equal(build(mount), ALLOW);
    for (const number of [ptrace, keyctl, setns]) assert.equal(build(number), NOT_THERE);
    for (const flags of [0x20000, 0x4000000, 0x4020000]) assert.equal(build(unshare, flags), ALLOW);
    for (const flags of [0x10000000, 0x10020000, 0x20000000, 0x40000000, 0x8000000, 0x80]) {
      assert.equal(build(unshare, flags), NOT_PERMITTED);
    }
    // Said to be done, and not done.
    assert.equal(build(setgroups), 0x00050000);
    assert.equal(run(mount, MACHINES[machine]), NOT_THERE);
    assert.equal(run(setgroups, MACHINES[machine]), ALLOW);
  });
}

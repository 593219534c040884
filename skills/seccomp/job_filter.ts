/**
 * The filter of system calls for every job. A list ({@link ./system_calls.ts}) contains the allowed calls. Every other call returns ENOSYS,
 * so that a program works without it.
 *
 * For four calls the arguments decide:
 * - `clone` may make processes and threads, but no namespace: a user namespace would give capabilities and so access to more kernel code.
 *   `clone3` returns ENOSYS, because a filter cannot read its flags in memory. Every C library then uses `clone`.
 * - `socket` may make unix, IPv4 and IPv6 sockets: they reach only the job's own network namespace and its folders. AF_VSOCK would reach
 *   the host of a virtual machine, AF_NETLINK and AF_PACKET much kernel code.
 * - `ioctl` may do everything except to type into a terminal (TIOCSTI, TIOCLINUX).
 * - `personality` may set the values that build tools use.
 *
 * An image build ({@link jobFilter} for `build`) may also mount and change its root: it runs as root of a user namespace that maps one
 * user. There
 * `setgroups` does nothing and returns success, because the kernel refuses it in a namespace with one group. `unshare` may make only mount
 * and UTS (host name) namespaces.
 *
 * gVisor's `runsc` ({@link jobFilter} for `runsc`) may also make namespaces and roots, and trace its own children. The job inside gets the
 * list of every job, so that it reaches less of gVisor's code.
 *
 * One program serves both machines. Calls of 32-bit programs (i386, x32, arm) all return ENOSYS, because their numbers mean other calls. A
 * call of an unknown architecture ends the process.
 *
 * @module
 */
import {
  ALLOW,
  ANSWER_DONE,
  answerError,
  assemble,
  KILL,
  type Line,
  SECCOMP_DATA,
} from "./assembler.ts";
import { allowedCalls, callsInPart, type Machine, type Purpose } from "./system_calls.ts";

/** `AUDIT_ARCH_*` of `<linux/audit.h>`. */
const MACHINES: Readonly<Record<Machine, number>> = { x86_64: 0xc000003e, aarch64: 0xc00000b7 };
/** i386 and arm. */
const OF_32_BITS = [0x40000003, 0x40000028];

const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

/**
 * CLONE_NEWNS, _NEWCGROUP, _NEWUTS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET. In `clone`, the bit of CLONE_NEWTIME belongs to the exit signal.
 */
const NAMESPACES = 0x7e020000;
/** The same and CLONE_NEWTIME, but without CLONE_NEWNS and CLONE_NEWUTS: `chroot` isolation makes these two for each step of a build. */
const NAMESPACES_OF_PROCESSES = 0x7a000080;
/** AF_UNIX, AF_INET, AF_INET6. */
const FAMILIES = [1, 2, 10];
/** TIOCSTI types into a terminal; TIOCLINUX pastes into a console. */
const TYPING = [0x5412, 0x541c];
/** PER_LINUX, PER_LINUX32, UNAME26, the last two together, ADDR_NO_RANDOMIZE, and the query of the present value. */
const PERSONALITIES = [0, 0x8, 0x20000, 0x20008, 0x40000, 0xffffffff];

/** The filter of jobs or of image builds, in the format of `bwrap --seccomp`. It is made once. */
export function jobFilter(purpose: Purpose = "job"): Uint8Array<ArrayBuffer> {
  return made[purpose] ??= assemble(program(purpose));
}

const made: Partial<Record<Purpose, Uint8Array<ArrayBuffer>>> = {};

function program(purpose: Purpose): Line[] {
  const machines = Object.entries(MACHINES) as [Machine, number][];
  return [
    { op: "load", offset: SECCOMP_DATA.architecture },
    ...machines.map(([then, value]): Line => ({ op: "if", is: "equal", value, then })),
    ...OF_32_BITS.map((value): Line => ({ op: "if", is: "equal", value, then: "of 32 bits" })),
    { op: "return", action: KILL },
    { op: "label", name: "of 32 bits" },
    { op: "return", action: answerError(ENOSYS) },
    ...machines.flatMap(([machine]) => [
      { op: "label", name: machine } as const,
      { op: "load", offset: SECCOMP_DATA.number } as const,
      ...tree(rangesOf(machine, purpose), `${machine} from `),
    ]),
    ...argumentRule("clone", SECCOMP_DATA.argument, [
      { op: "if", is: "any-bit", value: NAMESPACES, then: "not permitted" },
      { op: "return", action: ALLOW },
    ]),
    ...argumentRule("socket", SECCOMP_DATA.argument, [
      ...FAMILIES.map(allow),
      { op: "return", action: answerError(EAFNOSUPPORT) },
    ]),
    ...argumentRule("ioctl", SECCOMP_DATA.second, [
      ...TYPING.map((value): Line => ({ op: "if", is: "equal", value, then: "not permitted" })),
      { op: "return", action: ALLOW },
    ]),
    ...argumentRule("personality", SECCOMP_DATA.argument, PERSONALITIES.map(allow)),
    ...(purpose === "build" ? ofBuilds() : []),
    { op: "label", name: "not permitted" },
    { op: "return", action: answerError(EPERM) },
    { op: "label", name: "allow" },
    { op: "return", action: ALLOW },
    { op: "label", name: "refuse" },
    { op: "return", action: answerError(ENOSYS) },
  ];
}

function ofBuilds(): Line[] {
  return [
    { op: "goto", to: "not permitted" },
    { op: "label", name: "setgroups" },
    { op: "return", action: ANSWER_DONE },
    ...argumentRule("unshare", SECCOMP_DATA.argument, [
      { op: "if", is: "any-bit", value: NAMESPACES_OF_PROCESSES, then: "not permitted" },
      { op: "return", action: ALLOW },
    ]),
  ];
}

function allow(value: number): Line {
  return { op: "if", is: "equal", value, then: "allow" };
}

function argumentRule(name: string, offset: number, lines: readonly Line[]): Line[] {
  return [{ op: "label", name }, { op: "load", offset }, ...lines];
}

/** Calls from the number `first` up to the next range go to the label `to`. */
interface Range {
  readonly first: number;
  readonly to: string;
}

function rangesOf(machine: Machine, purpose: Purpose): Range[] {
  const rules = new Map<number, string>();
  for (const number of allowedCalls(machine, purpose).values()) rules.set(number, "allow");
  for (const [name, number] of callsInPart(machine, purpose)) rules.set(number, name);
  const ranges: Range[] = [];
  const begin = (first: number, to: string) => {
    if (ranges.at(-1)?.to !== to) ranges.push({ first, to });
  };
  const last = Math.max(...rules.keys());
  for (let number = 0; number <= last; number++) begin(number, rules.get(number) ?? "refuse");
  begin(last + 1, "refuse");
  return ranges;
}

/** A binary search. It finds a call after about seven comparisons. */
function tree(ranges: readonly Range[], prefix: string): Line[] {
  if (ranges.length === 1) return [{ op: "goto", to: ranges[0].to }];
  const half = ranges.length >> 1;
  const { first } = ranges[half];
  return [
    { op: "if", is: "at-least", value: first, then: `${prefix}${first}` },
    ...tree(ranges.slice(0, half), prefix),
    { op: "label", name: `${prefix}${first}` },
    ...tree(ranges.slice(half), prefix),
  ];
}

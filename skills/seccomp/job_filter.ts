/**
 * The system calls that a job does not get. Namespaces do not separate the kernel's keyrings: a job would search and read the
 * session keyring of whoever started the provider. So the three calls of keyrings answer ENOSYS, as in a kernel without them.
 *
 * Nor does a network namespace hold every kind of socket: AF_VSOCK reaches the host of a virtual machine and its other services.
 * A job makes sockets of the kinds that a namespace does hold. io_uring makes sockets too, and no filter sees which: it is refused.
 * So are sockets by the i386 call `socketcall`, whose arguments lie in memory, out of a filter's sight.
 *
 * One program serves both machines and their 32-bit modes. A call by any other convention answers ENOSYS too, since its numbers
 * mean something else.
 *
 * @module
 */
import { ALLOW, answerError, assemble, type Line, SECCOMP_DATA } from "./assembler.ts";

/** An architecture as the kernel names it, with the numbers of the calls that are refused. */
interface Architecture {
  readonly name: string;
  /** `AUDIT_ARCH_*`. */
  readonly audit: number;
  readonly refused: readonly number[];
  /** The call `socket`. */
  readonly socket: number;
  /** The call `socketcall`, where there is one. */
  readonly socketcall?: number;
  /** Numbers from here on belong to another convention (x32 on x86_64). */
  readonly below?: number;
}

// add_key, request_key, keyctl, io_uring_setup, each by <asm/unistd.h> of its architecture.
const ARCHITECTURES: readonly Architecture[] = [
  {
    name: "x86_64",
    audit: 0xc000003e,
    refused: [248, 249, 250, 425],
    socket: 41,
    below: 0x40000000,
  },
  { name: "i386", audit: 0x40000003, refused: [286, 287, 288, 425], socket: 359, socketcall: 102 },
  { name: "aarch64", audit: 0xc00000b7, refused: [217, 218, 219, 425], socket: 198 },
  { name: "arm", audit: 0x40000028, refused: [309, 310, 311, 425], socket: 281 },
];

const ENOSYS = 38;
const EAFNOSUPPORT = 97;

/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK: what a network namespace, or the job's folders, hold. */
const FAMILIES = [1, 2, 10, 16];
/** `socketcall` with it is `socket`. */
const SYS_SOCKET = 1;

/** The filter of every job, as `bwrap --seccomp` reads it. */
export function jobFilter(): Uint8Array<ArrayBuffer> {
  const lines: Line[] = [{ op: "load", offset: SECCOMP_DATA.architecture }];
  for (const { name, audit } of ARCHITECTURES) {
    lines.push({ op: "if", is: "equal", value: audit, then: name });
  }
  lines.push({ op: "goto", to: "refuse" });
  for (const { name, refused, below, socket, socketcall } of ARCHITECTURES) {
    lines.push({ op: "label", name }, { op: "load", offset: SECCOMP_DATA.number });
    if (below !== undefined) lines.push({ op: "if", is: "at-least", value: below, then: "refuse" });
    for (const value of refused) lines.push({ op: "if", is: "equal", value, then: "refuse" });
    lines.push({ op: "if", is: "equal", value: socket, then: "socket" });
    if (socketcall !== undefined) {
      lines.push({ op: "if", is: "equal", value: socketcall, then: "socketcall" });
    }
    lines.push({ op: "goto", to: "allow" });
  }
  const allow = (value: number): Line => ({ op: "if", is: "equal", value, then: "allow" });
  lines.push(
    { op: "label", name: "socket" },
    { op: "load", offset: SECCOMP_DATA.argument },
    ...FAMILIES.map(allow),
    { op: "goto", to: "no-family" },
    { op: "label", name: "socketcall" },
    { op: "load", offset: SECCOMP_DATA.argument },
    { op: "if", is: "equal", value: SYS_SOCKET, then: "no-family" },
    { op: "goto", to: "allow" },
    { op: "label", name: "no-family" },
    { op: "return", action: answerError(EAFNOSUPPORT) },
    { op: "label", name: "refuse" },
    { op: "return", action: answerError(ENOSYS) },
    { op: "label", name: "allow" },
    { op: "return", action: ALLOW },
  );
  return assemble(lines);
}

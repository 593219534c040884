/**
 * The system calls that a job does not get. Namespaces do not separate the kernel's keyrings: a job would search and read the
 * session keyring of whoever started the provider. So the three calls of keyrings answer ENOSYS, as in a kernel without them.
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
  /** Numbers from here on belong to another convention (x32 on x86_64). */
  readonly below?: number;
}

// add_key, request_key, keyctl, each by <asm/unistd.h> of its architecture.
const ARCHITECTURES: readonly Architecture[] = [
  { name: "x86_64", audit: 0xc000003e, refused: [248, 249, 250], below: 0x40000000 },
  { name: "i386", audit: 0x40000003, refused: [286, 287, 288] },
  { name: "aarch64", audit: 0xc00000b7, refused: [217, 218, 219] },
  { name: "arm", audit: 0x40000028, refused: [309, 310, 311] },
];

const ENOSYS = 38;

/** The filter of every job, as `bwrap --seccomp` reads it. */
export function jobFilter(): Uint8Array<ArrayBuffer> {
  const lines: Line[] = [{ op: "load", offset: SECCOMP_DATA.architecture }];
  for (const { name, audit } of ARCHITECTURES) {
    lines.push({ op: "if", is: "equal", value: audit, then: name });
  }
  lines.push({ op: "goto", to: "refuse" });
  for (const { name, refused, below } of ARCHITECTURES) {
    lines.push({ op: "label", name }, { op: "load", offset: SECCOMP_DATA.number });
    if (below !== undefined) lines.push({ op: "if", is: "at-least", value: below, then: "refuse" });
    for (const value of refused) lines.push({ op: "if", is: "equal", value, then: "refuse" });
    lines.push({ op: "goto", to: "allow" });
  }
  lines.push(
    { op: "label", name: "refuse" },
    { op: "return", action: answerError(ENOSYS) },
    { op: "label", name: "allow" },
    { op: "return", action: ALLOW },
  );
  return assemble(lines);
}

/**
 * Assembles classic BPF for seccomp. A program checks one system call (its number, architecture and arguments) and returns what the kernel
 * must do with it. Jumps go to labels and only forward, because the kernel requires this.
 *
 * The bytes are an array of `struct sock_filter` in little-endian order, which both supported architectures use.
 *
 * @module
 */

/** One line of a program. */
export type Line =
  /** The target of a jump. */
  | { readonly op: "label"; readonly name: string }
  /** Loads 32 bits of `struct seccomp_data` at a byte offset. */
  | { readonly op: "load"; readonly offset: number }
  /** Compares the loaded value as an unsigned number. Jumps to `then` if the condition is true; otherwise continues with the next line. */
  | {
    readonly op: "if";
    readonly is: "equal" | "at-least" | "any-bit";
    readonly value: number;
    readonly then: string;
  }
  /** Jumps to a label. */
  | { readonly op: "goto"; readonly to: string }
  /** Ends the program with an action of the kernel. */
  | { readonly op: "return"; readonly action: number };

/** Offsets in `struct seccomp_data`. For the first two arguments: the low 32 bits. */
export const SECCOMP_DATA = { number: 0, architecture: 4, argument: 16, second: 24 } as const;

/** Allows the call. */
export const ALLOW = 0x7fff0000;

/** Ends the whole process with SIGSYS. */
export const KILL = 0x80000000;

/** Skips the call and returns success. */
export const ANSWER_DONE = 0x00050000;

/** Skips the call and returns an error number. */
export function answerError(errno: number): number {
  if (!Number.isInteger(errno) || errno < 1 || errno > 4095) {
    throw new RangeError(`errno must be a whole number from 1 to 4095 (got ${errno})`);
  }
  return 0x00050000 | errno;
}

const CODE = {
  load: 0x20,
  equal: 0x15,
  atLeast: 0x35,
  anyBit: 0x45,
  goto: 0x05,
  return: 0x06,
} as const;
const CONDITION = { equal: CODE.equal, "at-least": CODE.atLeast, "any-bit": CODE.anyBit } as const;
/** The kernel's limit, in instructions. */
const MOST = 4096;

/**
 * Returns the program in the kernel's format. Throws RangeError for an unknown or repeated label, a jump backwards or too far, and a
 * program that is empty or too long.
 */
export function assemble(lines: readonly Line[]): Uint8Array<ArrayBuffer> {
  const places = new Map<string, number>();
  const code: Exclude<Line, { op: "label" }>[] = [];
  for (const line of lines) {
    if (line.op !== "label") code.push(line);
    else if (places.has(line.name)) throw new RangeError(`label ${line.name} is defined twice`);
    else places.set(line.name, code.length);
  }
  if (code.length === 0 || code.length > MOST) {
    throw new RangeError(`a program has 1 to ${MOST} instructions (got ${code.length})`);
  }
  const distance = (from: number, label: string, most: number): number => {
    const to = places.get(label);
    if (to === undefined || to >= code.length) throw new RangeError(`no instruction at ${label}`);
    const steps = to - from - 1;
    if (steps < 0) throw new RangeError(`the jump to ${label} goes backwards`);
    if (steps > most) throw new RangeError(`the jump to ${label} is too far (${steps})`);
    return steps;
  };
  const bytes = new Uint8Array(code.length * 8);
  const view = new DataView(bytes.buffer);
  const write = (at: number, opcode: number, k: number, whenTrue = 0) => {
    view.setUint16(at * 8, opcode, true);
    view.setUint8(at * 8 + 2, whenTrue);
    view.setUint32(at * 8 + 4, k, true);
  };
  code.forEach((line, at) => {
    switch (line.op) {
      case "load":
        return write(at, CODE.load, line.offset);
      case "if": {
        return write(at, CONDITION[line.is], line.value, distance(at, line.then, 255));
      }
      case "goto":
        return write(at, CODE.goto, distance(at, line.to, MOST));
      case "return":
        return write(at, CODE.return, line.action);
    }
  });
  return bytes;
}

/**
 * Assembles classic BPF for seccomp: a program looks at one system call (its number, its architecture, its arguments) and returns
 * what the kernel does with it. Jumps name labels and go forward, as the kernel demands.
 *
 * The bytes are an array of `struct sock_filter` in little-endian order, which both supported architectures use.
 *
 * @module
 */

/** One line of a program. */
export type Line =
  /** A place to jump to. */
  | { readonly op: "label"; readonly name: string }
  /** Loads 32 bits of `struct seccomp_data` at a byte offset. */
  | { readonly op: "load"; readonly offset: number }
  /** Compares what was loaded, without sign; goes to `then`, or on to the next line. */
  | {
    readonly op: "if";
    readonly is: "equal" | "at-least" | "any-bit";
    readonly value: number;
    readonly then: string;
  }
  /** Goes to a label. */
  | { readonly op: "goto"; readonly to: string }
  /** Ends with an action of the kernel. */
  | { readonly op: "return"; readonly action: number };

/** Offsets in `struct seccomp_data`; of the first two arguments the low half. */
export const SECCOMP_DATA = { number: 0, architecture: 4, argument: 16, second: 24 } as const;

/** Lets the call happen. */
export const ALLOW = 0x7fff0000;

/** Ends the whole process, as SIGSYS does. */
export const KILL = 0x80000000;

/** Answers the call as if it had been done. */
export const ANSWER_DONE = 0x00050000;

/** Answers the call with an error number. */
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

/** The program as the kernel takes it. Throws RangeError for an unknown label, a jump backwards or too far. */
export function assemble(lines: readonly Line[]): Uint8Array<ArrayBuffer> {
  const places = new Map<string, number>();
  const code: Exclude<Line, { op: "label" }>[] = [];
  for (const line of lines) {
    if (line.op !== "label") code.push(line);
    else if (places.has(line.name)) throw new RangeError(`label ${line.name} is there twice`);
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

/** What a rule that is broken on purpose is. */
import type { Patch } from "./patched_program.ts";
import type { Role } from "./plan.ts";
import type { JobKind, Mode, Schedule } from "./schedule.ts";
import type { Weather } from "./weather.ts";
import type { CrashPoint } from "../../base/crash_point.ts";

/** A broken rule, and where a death shows it. */
export interface Mutant {
  readonly name: string;
  readonly patches: readonly Patch[];
  readonly shownBy: readonly { readonly role: Role; readonly point: CrashPoint }[];
  /** Only an outage shows it. */
  readonly leaps?: boolean;
  /** It needs no death to be noticed. */
  readonly shownAtOnce?: boolean;
  /** By default `plain`. */
  readonly mode?: Mode;
  /** A kill from outside that shows it, together with the deaths. */
  readonly kill?: Schedule["kill"];
  /** How long a process that dies is away, in milliseconds; by default it is started again at once. */
  readonly downMs?: number;
  /** The jobs that show the fault; by default `plain`. */
  readonly jobs?: JobKind;
  /** The network faults that show it, in mode `network`. */
  readonly weather?: Partial<Weather>;
}

export const at = (role: Role, ...points: CrashPoint[]) => points.map((point) => ({ role, point }));

/**
 * All attacks that are a program.
 *
 * @module
 */
import type { Attack } from "./attack.ts";
import { FILES } from "./attacks/files.ts";
import { KERNEL } from "./attacks/kernel.ts";
import { PROCESSES } from "./attacks/processes.ts";
import { SOCKETS } from "./attacks/sockets.ts";

/** Programs that a job may run together in one sandbox. */
export const PROGRAMS: readonly Attack[] = [...FILES, ...KERNEL, ...PROCESSES, ...SOCKETS];

/**
 * Every service that lives in a worker of its own, by name. Each import is literal, as in the stage table.
 *
 * @module
 */
import type { ServiceDefinition } from "./service.ts";

/** Name → the `definition` of the service's file. */
export const SERVICES: Readonly<Record<string, () => Promise<ServiceDefinition>>> = {};

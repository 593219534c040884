/**
 * The names of the wires, without their codecs. Configuration and help need only the names.
 *
 * @module
 */
import type { Wire } from "../btp/wire.ts";

/** The name of a wire. */
export type WireName = Wire["name"];

const NAMES: Readonly<Record<WireName, true>> = { interledger: true, crosstown: true };

/** The names of the wires in profiles. The first is the default. */
export const WIRE_NAMES = Object.keys(NAMES) as readonly WireName[];

/** The wire of a profile that names none. */
export const DEFAULT_WIRE: WireName = WIRE_NAMES[0];

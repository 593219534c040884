/**
 * Error classes that keep their identity over a worker's port and the control socket: what is thrown on one side is `instanceof` the same
 * class on the other. A class registers itself beside its definition: a module that imports the class for `instanceof` has thereby
 * registered it.
 *
 * @module
 */

/** An error as plain data. */
export interface WireError {
  /** The class's name. */
  readonly name: string;
  /** What, why, where; no secret. */
  readonly message: string;
  /** The stable code of the class that threw it, where there is one. */
  readonly code?: string;
  /** What to do now, where the class says it. */
  readonly suggestion?: string;
  /** The name of the contract's error, where a chain refused. */
  readonly reason?: string;
  /** The class's own amounts and names, as text. The caller needs them to word the message for a person. */
  readonly figures?: Readonly<Record<string, string>>;
}

/** What an error carries over, in the constructor's order: its code, its words, and the data that {@link WireError} has room for. */
type Rebuild = (wire: WireError & { readonly code: string }) => Error;

const CLASSES = new Map<string, Rebuild>();

/**
 * Registers a class under the `name` of its instances; once a class, at the end of its module.
 *
 * @throws TypeError where another class has that name
 */
export function crossesPorts(name: string, rebuild: Rebuild): void {
  if (CLASSES.has(name)) throw new TypeError(`two error classes are called ${name}`);
  CLASSES.set(name, rebuild);
}

/** The error of a registered class; null where this side does not know the class, or the error came without a code. */
export function rebuildKnown(wire: WireError): Error | null {
  const { name, code } = wire;
  const rebuild = CLASSES.get(name);
  return rebuild === undefined || code === undefined ? null : rebuild({ ...wire, code });
}

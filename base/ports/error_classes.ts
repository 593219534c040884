/**
 * Error classes that keep their identity over a worker's port and the control socket: an error that is thrown on one side is `instanceof`
 * the same class on the other. A class registers itself in its own module, so a module that imports the class for `instanceof` has
 * registered it.
 *
 * @module
 */

/** An error as plain data. */
export interface WireError {
  /** The class's name. */
  readonly name: string;
  /** What, why, where; contains no secret. */
  readonly message: string;
  /** The stable code of its class, if it has one. */
  readonly code?: string;
  /** What to do now, if the class says so. */
  readonly suggestion?: string;
  /** The name of the contract's error, if a chain refused. */
  readonly reason?: string;
  /** The class's own amounts and names, as text. The caller needs them to write the message for a person. */
  readonly figures?: Readonly<Record<string, string>>;
}

/** An error that may have a stable code. */
type Coded = Error & { readonly code?: string };

/** What an error is rebuilt from: its code, its message, and the other data of {@link WireError}. */
type Flat<Code> = WireError & { readonly code: Code };

const CLASSES = new Map<string, (wire: Flat<string>) => Error>();

/**
 * Registers a class under the `name` of its instances. Call it once for each class, at the end of its module. `Class` is named where the
 * class lists its codes.
 *
 * @throws TypeError if another class has that name
 */
export function crossesPorts<Class extends Coded>(
  name: string,
  rebuild: (wire: Flat<Class["code"]>) => Class,
): void {
  if (CLASSES.has(name)) throw new TypeError(`two error classes are called ${name}`);
  // A worker is of the same build, so its class has the same codes.
  CLASSES.set(name, (wire) => rebuild(wire as Flat<Class["code"]>));
}

/** The error of a registered class; null if this side does not know the class, or if the error has no code. */
export function rebuildKnown(wire: WireError): Error | null {
  const { name, code } = wire;
  const rebuild = CLASSES.get(name);
  return rebuild === undefined || code === undefined ? null : rebuild({ ...wire, code });
}

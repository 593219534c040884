/** A store of a test that answers some reads, and answers them together too. */
import type { Store } from "../../store/store.ts";

/** Adds `readTogether()`, which asks the other methods. */
export function askedTogether<Reads extends Partial<Store>>(
  reads: Reads,
): NoInfer<Reads> & Pick<Store, "readTogether"> {
  const readTogether = (...asked: readonly (readonly [string, ...unknown[]])[]) => {
    const methods = reads as Record<string, (...args: unknown[]) => Promise<unknown>>;
    return Promise.all(asked.map(([name, ...args]) => methods[name](...args)));
  };
  return { ...reads, readTogether: readTogether as Store["readTogether"] };
}

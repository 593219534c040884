/**
 * Loads the test files of a room into one thread.
 *
 * @module
 */
import { filesOf } from "./rooms.ts";

const HOOKS = ["beforeAll", "beforeEach", "afterEach", "afterAll"] as const;

/**
 * Registers the tests of all files of a room, each under the name `./PATH => NAME`, which the runner also prints of files
 * side by side. Throws if one of the files registers a hook.
 */
export async function together(room: string): Promise<void> {
  const register = Deno.test;
  try {
    for (const file of filesOf(room)) {
      await registering(
        file,
        register,
        () => import(new URL(`../../${file}`, import.meta.url).href),
      );
    }
  } finally {
    Reflect.set(Deno, "test", register);
  }
}

/** Calls `load` while `Deno.test` names each test after `file`, and registers it with `register`. */
export function registering<T>(file: string, register: typeof Deno.test, load: () => T): T {
  // deno-lint-ignore no-explicit-any -- It is called with all that Deno.test takes.
  const named = (...given: any[]) => {
    const options = given.find((each) => typeof each === "object") ?? {};
    const fn = given.find((each) => typeof each === "function") ?? options.fn;
    const name = given.find((each) => typeof each === "string") ?? options.name ?? fn.name;
    register({ ...options, fn, name: `./${file} => ${name}` });
  };
  const refused = () => {
    throw new Error(`${file} has a hook: it needs a thread of its own (ALONE in rooms.ts)`);
  };
  Reflect.set(
    Deno,
    "test",
    Object.assign(named, Object.fromEntries(HOOKS.map((hook) => [hook, refused]))),
  );
  return load();
}

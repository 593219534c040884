/**
 * A home without a daemon on a dev network, for test files in which each command does its work itself, or that start and stop a daemon in a
 * test. What one of them finds does not depend on what others bought. `deno task test` loads these files into one thread, and all of them
 * have this home; a file that runs alone has one of its own.
 *
 * @module
 */
import { devHome } from "../process.ts";

/** The home, while tests run. */
export let home: Awaited<ReturnType<typeof devHome>>;

Deno.test.beforeAll(async () => void (home = await devHome()));
Deno.test.afterAll(async () => await home?.[Symbol.asyncDispose]());

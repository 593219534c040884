/**
 * A home with a daemon on a dev network, for test files that each need only that. Their tests neither count what others bought nor change the
 * network for them: a provider that one of them starts is stopped at its end, and a skill that it adds is removed. `deno task test` loads
 * these files into one thread, and all of them have this home; a file that runs alone has one of its own.
 *
 * @module
 */
import { devHome } from "../process.ts";

/** The home, while tests run. */
export let home: Awaited<ReturnType<typeof devHome>>;

Deno.test.beforeAll(async () => void (home = await devHome({ mayor: true })));
Deno.test.afterAll(async () => await home?.[Symbol.asyncDispose]());

/**
 * A home without a daemon on a dev network, for the agents of the tests beside this file: each agent's `crosstown mcp` does the work itself.
 * Its tests are registered by the files that import it.
 *
 * @module
 */
import { devHome } from "../process.ts";

/** The home, while tests run. */
export let home: Awaited<ReturnType<typeof devHome>>;

Deno.test.beforeAll(async () => void (home = await devHome()));
Deno.test.afterAll(async () => await home?.[Symbol.asyncDispose]());

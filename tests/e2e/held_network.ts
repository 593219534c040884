/** Starts a dev network as the tests do, prints its home as JSON, and waits to be killed. */
import { devHome } from "./process.ts";

const { path, network } = await devHome();
console.log(JSON.stringify({ path, pid: network.pid }));
for await (const _ of Deno.stdin.readable);

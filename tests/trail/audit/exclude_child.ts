/** Prints the result of {@link lackingExclude} for a folder, for a test that sets the environment of this process. */
import { lackingExclude } from "../../../trail/audit/outer_exclude.ts";

const [folder, path] = Deno.args;
console.log(JSON.stringify(await lackingExclude({ folder, path })));

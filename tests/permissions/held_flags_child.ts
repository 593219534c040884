/** Prints, as JSON, how this process would start `crosstown ARGS` again. */
import { selfCommand } from "../../shell/self.ts";

console.log(JSON.stringify(selfCommand(Deno.args)));

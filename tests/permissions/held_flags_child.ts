/** Prints, as JSON, how this process would start `crosstown ARGS` again, with the folders in `WRITABLE` beside its own. */
import { CommandError } from "../../shell/errors.ts";
import { selfCommand } from "../../shell/self.ts";

const { state } = Deno.permissions.querySync({ name: "env", variable: "WRITABLE" });
const writable = state === "granted" ? Deno.env.get("WRITABLE")?.split(",") : undefined;
try {
  console.log(JSON.stringify(selfCommand(Deno.args, {}, writable)));
} catch (error) {
  if (!(error instanceof CommandError)) throw error;
  console.log(JSON.stringify({ code: error.code, suggestion: error.suggestion }));
}

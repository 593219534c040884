import assert from "node:assert/strict";
import { startLines, WATCHER_FLAG } from "../../shell/start_script.ts";

const script = startLines({ deno: "printf '%s\\n'", app: "/x/app", flags: ["'--allow-env=A,B*'"] });

async function words(...args: readonly string[]): Promise<string[]> {
  const { stdout } = await new Deno.Command("sh", { args: ["-euc", script, "sh", ...args] })
    .output();
  return new TextDecoder().decode(stdout).trimEnd().split("\n");
}

Deno.test("startLines() gives the flags of a dashboard to mayor attach and node attach, and to no other command", async () => {
  const rest = ["--config", "/x/app/deno.json", "--allow-env=A,B*", "/x/app/cli.js"];
  for (const role of ["mayor", "node"]) {
    const args = [role, "attach", "--home", "/a b"];
    assert.deepEqual(await words(...args), ["run", WATCHER_FLAG, ...rest, ...args]);
  }
  const others = [[], ["node", "up"], ["mayor", "run"], ["--help"], ["build", "attach"], [
    "attach",
  ]];
  for (const args of others) {
    assert.deepEqual(await words(...args), ["run", ...rest, ...args]);
  }
});

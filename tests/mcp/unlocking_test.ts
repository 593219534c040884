import assert from "node:assert/strict";
import { AgentSession } from "../../mcp/agent_session.ts";
import { withUnlocking } from "../../mcp/unlocking.ts";
import { marketHome } from "../commands/market_home.ts";
import { run } from "../commands/memory_io.ts";
import { UNRUN } from "./session_options.ts";

Deno.test("a locked wallet's refusal names to an agent only what mcp itself takes", async () => {
  await using home = await marketHome([]);
  const file = `${home.io().variables.HOME}/passphrase`;
  await Deno.writeTextFile(file, "correct horse battery\n", { mode: 0o600 });
  const made = ["wallet", "init", "--network", "local", "--passphrase-file", file];
  assert.equal((await run(made, { io: home.io() })).code, 0);
  await using session = new AgentSession({
    ...UNRUN,
    globals: ["--non-interactive", "--network=local"],
    run: async (args) => {
      const { code, out, err } = await run(["--output", "json", ...args], { io: home.io() });
      return { exitCode: code, document: JSON.parse(out === "" ? err : out) };
    },
  });
  const { ok, document } = await session.call(["job", "submit", "echo", "--input", "hi"]);
  assert.equal(ok, false);
  const { code, suggestion } = document.error as { code: string; suggestion: string };
  assert.equal(code, "no_passphrase");
  assert.doesNotMatch(suggestion, /--passphrase-fd|terminal/);
  assert.match(suggestion, /crosstown mayor up.*crosstown mcp' with --passphrase-file/);
});

Deno.test("withUnlocking() changes no other document", () => {
  for (
    const document of [{}, { error: null }, { error: "no_passphrase" }, {
      error: { code: "funds", suggestion: "wait" },
    }, { error: { code: "__proto__" } }]
  ) assert.equal(withUnlocking(document), document);
});

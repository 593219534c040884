import assert from "node:assert/strict";
import { AgentSession, type Answer } from "../../mcp/agent_session.ts";
import { skillTools } from "../../mcp/skill_tools.ts";
import { UNRUN } from "./session_options.ts";

/** A session whose provider has chosen the names of its skills. */
class Shown extends AgentSession {
  constructor(readonly types: readonly (string | null)[]) {
    super(UNRUN);
  }

  override call(): Promise<Answer> {
    const prices = this.types.map((type, at) => ({
      ...{ kind: 5600 + at, type, flat_units: "1", units_per_kib: "0" },
      ...{ unsandboxed: false, sandbox: "bwrap", named_buyers: false, tokens: null },
    }));
    return Promise.resolve({ ok: true, document: { name: "x", prices } });
  }
}

Deno.test("skillTools() names a skill after its kind where its name is taken", async () => {
  const types = ["echo", "balance", "echo", null, "wait_job"];
  const tools = await skillTools(new Shown(types), "a".repeat(64));
  assert.deepEqual(tools.map(({ name }) => name), [
    "echo",
    "kind-5601",
    "kind-5602",
    "kind-5603",
    "kind-5604",
  ]);
});

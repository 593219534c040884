/** The table of stages in docs/architecture.md against what each stage declares. */
import assert from "node:assert/strict";
import { STAGES } from "../../home/workers/tables.ts";

/** For each stage with permissions: options with which it declares them, and the docs' words for them. */
const DECLARING: Readonly<Record<string, { readonly options: unknown; readonly grants: object }>> =
  {
    "relay-source": {
      options: { relayUrl: "wss://relay.example" },
      grants: { net: ["relay.example:443"] },
    },
    "prepare-sink": {
      options: { connectorHost: "connector.example:443" },
      grants: { net: ["connector.example:443"] },
    },
    "skill-sink": { options: { permissions: { run: ["sh"] } }, grants: { run: ["sh"] } },
  };

Deno.test("docs/architecture.md lists every stage, with the permissions that it declares", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/architecture.md", import.meta.url));
  const table = text.slice(text.indexOf("| stage "), text.indexOf("## Workers and services"));
  const rows = [...table.matchAll(/^\| `([a-z-]+)` .*\|([^|]*)\|$/gm)].map((
    [, name, permissions],
  ) => ({
    name,
    none: permissions.trim().startsWith("none"),
  }));
  assert.deepEqual(rows.map(({ name }) => name).sort(), Object.keys(STAGES).sort());
  for (const { name, none } of rows) {
    const definition = await STAGES[name]();
    const { options, grants } = DECLARING[name] ?? { options: {}, grants: {} };
    assert.deepEqual(definition.permissions(options), grants, name);
    assert.equal(none, Object.keys(grants).length === 0, `${name}: its row in the docs`);
  }
});

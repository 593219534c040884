/** Files that the lint plugin is given, and what it reports of each. */
import assert from "node:assert/strict";
import plugin from "../../lint/plugin.ts";

/** A file for the plugin. */
export interface Case {
  readonly name: string;
  readonly file: string;
  readonly source: string;
  /** `rule: part of the message`, or null if there is no report. */
  readonly expected: string | null;
}

/** A test for each case. */
export function testPlugin(cases: readonly Case[]): void {
  for (const { name, file, source, expected } of cases) {
    Deno.test(`lint plugin ${expected === null ? "allows" : "refuses"} ${name}`, () => {
      const found = Deno.lint.runPlugin(plugin, file, source)
        .map(({ id, message }) => `${id.replace(/^crosstown\//, "")}: ${message}`);
      if (expected === null) assert.deepEqual(found, []);
      else {
        assert.equal(found.length, 1, found.join("\n"));
        assert.ok(found[0].startsWith(expected), `${found[0]} should start with ${expected}`);
      }
    });
  }
}

import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "smol-toml";
import { withValue } from "../../config/toml_edit.ts";

const FILE = `# my home
network = "dev" # a word
relay = "wss://a"

[limits] # ceilings
job_m2m = "1"
# day_m2m = 3

[node]
tags = [
  "a",
]
`;

Deno.test("withValue() changes one line and leaves every other byte", () => {
  assert.equal(
    withValue(FILE, { table: "limits", name: "job_m2m" }, "2"),
    FILE.replace('job_m2m = "1"', 'job_m2m = "2"'),
  );
  assert.equal(
    withValue(FILE, { table: "limits", name: "day_m2m" }, "3"),
    FILE.replace("[limits] # ceilings\n", '[limits] # ceilings\nday_m2m = "3"\n'),
  );
  assert.equal(
    withValue(FILE, { table: null, name: "network" }, null),
    FILE.replace('network = "dev" # a word\n', ""),
  );
  assert.equal(
    withValue(FILE, { table: "jobs", name: "timeout_s" }, 60),
    `${FILE}\n[jobs]\ntimeout_s = 60\n`,
  );
  assert.equal(withValue("", { table: null, name: "network" }, "dev"), 'network = "dev"\n');
  assert.equal(
    withValue(FILE, { table: "audit", name: "remote" }, null),
    FILE,
    "nothing to take out",
  );
});

Deno.test("withValue() changes a value of a table in a table, and removes its header with its last value", () => {
  const place = { table: "networks.club.peer", name: "address" };
  const file = `${FILE}\n[networks.club]\nwire = "x"\n`;
  const set = withValue(file, place, "0x1");
  assert.equal(set, `${file}\n[networks.club.peer]\naddress = "0x1"\n`);
  assert.equal(withValue(set, place, "0x2"), set.replace("0x1", "0x2"));
  assert.equal(withValue(set, place, null), file);
  const quoted = set.replace("[networks.club.peer]", '[ networks . "club" . peer ]');
  assert.equal(withValue(quoted, place, "0x2"), quoted.replace("0x1", "0x2"));
  assert.throws(
    () => withValue('[networks]\nclub = { wire = "x" }\n', place, "0x1"),
    /only you can change/,
  );
});

Deno.test("withValue() refuses what it would have to guess: inline tables, dotted keys, lists over lines", () => {
  for (const text of ['limits = { job_m2m = "1" }\n', 'limits.job_m2m = "1"\n']) {
    assert.throws(() => withValue(text, { table: "limits", name: "job_m2m" }, "2"), {
      code: "config_invalid",
    });
  }
  assert.throws(
    () => withValue(FILE, { table: "node", name: "tags" }, ["b"]),
    /only you can change/,
  );
  assert.throws(
    () => withValue(FILE, { table: "node", name: "tags" }, null),
    /only you can change/,
  );
  assert.throws(() => withValue("network = \n", { table: null, name: "network" }, "dev"), {
    code: "config_syntax",
  });
});

Deno.test("withValue() of any value gives a file with that value, and everything else unchanged", () => {
  const value = fc.oneof(
    fc.string(),
    fc.boolean(),
    fc.integer(),
    fc.array(fc.string(), { maxLength: 4 }),
  );
  fc.assert(
    fc.property(value, fc.constantFrom("job_m2m", "other"), (value, name) => {
      const table = parse(withValue(FILE, { table: "limits", name }, value)) as Record<
        string,
        Record<string, unknown>
      >;
      const before = parse(FILE) as Record<string, Record<string, unknown>>;
      assert.deepEqual({ ...table.limits }, { ...before.limits, [name]: value });
      assert.deepEqual({ ...table.node }, { ...before.node });
      assert.equal(table.network, before.network);
    }),
    { seed: 1, numRuns: 300 },
  );
});

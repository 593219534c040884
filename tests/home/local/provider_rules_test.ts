import assert from "node:assert/strict";
import {
  OWN_PRICES,
  pricesOf,
  restrictedKinds,
  servedSkills,
} from "../../../home/local/provider_rules.ts";

const SKILLS = [
  { name: "echo", kinds: [5600], price: { flatUnits: 20n, unitsPerKib: 3n } },
  { name: "ci-run", kinds: [5601, 5602], price: { flatUnits: 100n, unitsPerKib: 0n } },
  // A kind that is no job is not sold.
  { name: "listener", kinds: [1], price: { flatUnits: 9n, unitsPerKib: 9n } },
];

for (
  const { name, asked, expected } of [
    {
      name: "what each skill says, where nothing is asked",
      asked: OWN_PRICES,
      expected: [[5600, 20n, 3n], [5601, 100n, 0n], [5602, 100n, 0n]],
    },
    {
      name: "one price for all",
      asked: { all: "7", bySkill: {} },
      expected: [[5600, 7n, 0n], [5601, 7n, 0n], [5602, 7n, 0n]],
    },
    {
      name: "a skill's own asked price before that for all",
      asked: { all: "7", bySkill: { "ci-run": "250000" } },
      expected: [[5600, 7n, 0n], [5601, 250_000n, 0n], [5602, 250_000n, 0n]],
    },
    {
      name: "a skill that is given away beside others that are sold",
      asked: { all: null, bySkill: { echo: "0", constructor: "1" } },
      expected: [[5600, 0n, 0n], [5601, 100n, 0n], [5602, 100n, 0n]],
    },
  ]
) {
  Deno.test(`pricesOf() gives ${name}`, () => {
    const prices = pricesOf(SKILLS, asked);
    assert.deepEqual(
      prices.map(({ kind, flatUnits, unitsPerKib }) => [kind, flatUnits, unitsPerKib]),
      expected,
    );
  });
}

Deno.test("pricesOf() gives the only payment modes of a skill, without an increment if it is not metered", () => {
  const increment = { unit: "second", size: 15 } as const;
  const skills = SKILLS.map((skill) => ({ ...skill, price: { ...skill.price, increment } }));
  const modes = { "ci-run": ["upfront", "on-delivery"], listener: ["upfront"], constructor: ["x"] };
  const asked = (kind: number, modes: Record<string, readonly string[]>) => {
    const price = pricesOf(skills, { ...OWN_PRICES, modes }).find((each) => each.kind === kind)!;
    return [price.modes, price.increment];
  };
  assert.deepEqual(asked(5600, modes), [undefined, increment]);
  assert.deepEqual(asked(5602, modes), [["upfront", "on-delivery"], undefined]);
  assert.deepEqual(asked(5601, { "ci-run": ["metered"] }), [["metered"], increment]);
});

Deno.test("servedSkills() does not serve strangers a skill outside of the sandbox; without a sandbox it serves them only echo", () => {
  const skill = {
    addressed: true,
    types: [],
    tags: [],
    price: SKILLS[0].price,
    builtin: false,
    builds: null,
    request: null,
  };
  const skills = [
    { ...skill, name: "echo", kinds: [5600], sandboxed: false, trusting: false },
    { ...skill, name: "inside", kinds: [5650], sandboxed: true, trusting: false },
    { ...skill, name: "outside", kinds: [5651], sandboxed: true, trusting: true },
  ];
  const closed = (noCommands: string | null, noTrust: string | null) =>
    servedSkills(skills, { noCommands, noTrust }).map((each) => each.closed);
  assert.deepEqual(closed(null, "no list"), [null, null, "no list"]);
  assert.deepEqual(closed("no sandbox", "no list"), [null, "no sandbox", "no sandbox"]);
  assert.deepEqual(closed(null, null), [null, null, null]);
  const listed = servedSkills(skills, { noCommands: "no", noTrust: "no", allowBuyers: ["a"] });
  assert.deepEqual(listed.map((each) => each.closed), [null, null, null], "they are no strangers");
  const restricted = (hasSandbox: boolean, rules: Parameters<typeof restrictedKinds>[2]) =>
    restrictedKinds(skills, { sandbox: hasSandbox ? "bubblewrap" : "none" }, rules).map((
      { kind, unsandboxed, namedBuyers },
    ) => `${kind}${unsandboxed ? " unsandboxed" : ""}${namedBuyers ? " named" : ""}`);
  const noTrust = "no list";
  const [everyone, some] = [{ allowBuyers: null }, { allowBuyers: ["a"] }];
  assert.deepEqual(restricted(true, { ...everyone, noTrust }), ["5651 unsandboxed named"]);
  assert.deepEqual(restricted(true, { ...some, noTrust }), [
    "5600 named",
    "5650 named",
    "5651 unsandboxed named",
  ]);
  assert.deepEqual(restricted(false, { ...everyone, noTrust, noCommands: "no sandbox" }), [
    "5650 unsandboxed named",
    "5651 unsandboxed named",
  ]);
  assert.deepEqual(restricted(true, everyone), ["5651 unsandboxed"], "on a network of its own");
  const building = [{ ...skills[1], kinds: [5602], builds: { platforms: [], bases: [] } }];
  const tiers = { sandbox: "runsc", ofBuilds: "bubblewrap" };
  assert.deepEqual(restrictedKinds(building, tiers, everyone), [
    { kind: 5602, unsandboxed: false, sandbox: "bubblewrap", namedBuyers: false },
  ]);
  assert.deepEqual(restrictedKinds(building, { ...tiers, sandbox: "bubblewrap" }, everyone), []);
});

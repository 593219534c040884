/** Options of a job that several providers do. */
import assert from "node:assert/strict";
import { challengeChance, secureRandom } from "../../../commands/job/challenge_option.ts";
import { comparatorOf, verifyRule } from "../../../commands/job/verify_option.ts";
import type { Invocation } from "../../../shell/command.ts";
import { Given } from "../../../shell/given.ts";

const given = (options: Record<string, unknown>, type = "ci-run") =>
  ({
    args: new Given({ type }, (name) => name),
    options: new Given(options, (name) => name),
  }) as Invocation;

Deno.test("verifyRule() reads K of N, and refuses options that name one provider or hand the answer on", () => {
  assert.equal(verifyRule(given({})), null);
  const { needed, count } = verifyRule(given({ verify: "2of3" }))!;
  assert.deepEqual([needed, count], [2, 3]);
  assert.throws(() => verifyRule(given({ verify: "3of2" })), { name: "InputError" });
  const refused = { name: "UsageError" };
  assert.throws(() => verifyRule(given({ verify: "2of3", provider: "npub1" })), {
    ...refused,
    message: /--verify asks several providers/,
  });
  assert.throws(() => verifyRule(given({ verify: "2of3", callback: "tell" })), {
    ...refused,
    message: /--callback would be given answers that do not count/,
  });
});

Deno.test("comparatorOf() compares as the kind says unless --compare says how, and only where answers are compared", () => {
  assert.deepEqual(comparatorOf(given({}), false), { compare: "kind", judge: null });
  assert.deepEqual(comparatorOf(given({ compare: "exit" }), true), {
    compare: "exit",
    judge: null,
  });
  assert.deepEqual(comparatorOf(given({ compare: "skill:even-2" }), true), {
    compare: "skill",
    judge: "even-2",
  });
  assert.throws(() => comparatorOf(given({ compare: "exit" }), false), {
    name: "UsageError",
    message: /several providers/,
  });
  for (const compare of ["skill", "skill:", "skill:A b", "Exit", "bytes"]) {
    assert.throws(() => comparatorOf(given({ compare }), true), {
      name: "UsageError",
      message: /--compare is kind, exit, digest, json or skill:NAME/,
    }, compare);
  }
  // A text has no exit code, whether its kind is named or follows from the type.
  for (const options of [{ compare: "exit" }, { compare: "exit", kind: "5600" }]) {
    assert.throws(() => comparatorOf(given(options, "echo"), true), {
      name: "InputError",
      message: /--compare exit does not fit/,
    });
  }
});

const configured = (chance: number) => ({
  get: ((name: string) => name === "jobs.challenge" ? chance : null) as never,
});

Deno.test("challengeChance() takes the command's chance before the configured one, and neither beside --verify", () => {
  assert.deepEqual(challengeChance(given({ challenge: "0.5" }), configured(0.1)), {
    chance: 0.5,
    isAsked: true,
  });
  assert.equal(challengeChance(given({ challenge: "0" }), configured(0.1)), null);
  assert.deepEqual(challengeChance(given({}), configured(0.1)), { chance: 0.1, isAsked: false });
  assert.equal(challengeChance(given({}), configured(0)), null);
  const both = given({ challenge: "0.5", verify: "2of3" });
  assert.throws(() => challengeChance(both, configured(0)), {
    name: "UsageError",
    message: /--verify has every job done by several providers/,
  });
  const named = given({ challenge: "0.5", provider: "npub1" });
  assert.throws(() => challengeChance(named, configured(0)), {
    name: "UsageError",
    message: /--challenge asks several providers/,
  });
});

Deno.test("challengeChance() does not apply the configured chance to a job that cannot be done twice, and refuses none for it", () => {
  for (
    const options of [
      { verify: "2of3" },
      { provider: "npub1" },
      { callback: "tell" },
      { artifact: ["out"] },
      { payment: "metered" },
      { payment: "on-delivery" },
    ]
  ) assert.equal(challengeChance(given(options), configured(0.9)), null, JSON.stringify(options));
  assert.equal(challengeChance(given({ payment: "upfront" }), configured(0.9))?.chance, 0.9);
});

Deno.test("secureRandom() is at least 0 and below 1, and differs", () => {
  const numbers = Array.from({ length: 100 }, secureRandom);
  assert.ok(numbers.every((each) => each >= 0 && each < 1));
  assert.ok(new Set(numbers).size > 90);
});

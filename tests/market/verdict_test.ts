/** Which answer counts for all combinations of answers, and which rules exist. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type ComparedJob, verdictOf } from "../../market/verdict.ts";
import { parseVerifyRule } from "../../market/verify_rule.ts";

/**
 * `a`, `b`...: an answer. `.`: an answer that may still arrive. `-`: no answer. Each is of another provider.
 *
 * @param failed Pairs of answers whose comparison failed.
 */
const jobsOf = (letters: string, failed: readonly string[] = []): ComparedJob[] =>
  [...letters].map((letter, at) => ({
    provider: String(at).repeat(64),
    mark: letter === "." || letter === "-" ? null : { sha256: letter.repeat(64) },
    group: letter === "." || letter === "-" ? null : letter,
    unsure: failed.filter((pair) => pair.includes(letter)).map((pair) => pair.replace(letter, "")),
    open: letter === ".",
  }));
const of = (letters: string, needed: number, failed: readonly string[] = []): string => {
  const { state, agreed, dissent, undecided, unanswered } = verdictOf(
    { needed },
    jobsOf(letters, failed),
  );
  const text = (jobs: readonly ComparedJob[]) => jobs.map(({ mark }) => mark?.sha256?.[0]).join("");
  return `${state} ${text(agreed)}/${text(dissent)}/${text(undecided)}/${unanswered.length}`;
};

Deno.test("verdictOf() names the providers that agreed and those that answered otherwise, and says whether the job can still be decided", () => {
  for (
    const [letters, needed, expected] of [
      ["...", 2, "open ///3"],
      ["a..", 2, "open //a/2"],
      ["aa.", 2, "agreed aa///1"],
      ["ab.", 2, "open /ab//1"],
      ["abb", 2, "agreed bb/a//0"],
      ["abc", 2, "split /abc//0"],
      ["a-.", 2, "open //a/2"],
      ["a--", 2, "split //a/2"],
      ["---", 2, "split ///3"],
      ["aab.b", 3, "open /aabb//1"],
      ["aabbc", 3, "split /aabbc//0"],
      ["aa", 2, "agreed aa///0"],
      ["ab", 2, "split /ab//0"],
    ] as const
  ) assert.equal(of(letters, needed), expected, letters);
});

Deno.test("verdictOf(): a comparison that could not be made blames nobody, and equal answers win without it", () => {
  for (
    const [letters, needed, failed, expected] of [
      ["aac", 2, ["ac"], "agreed aa//c/0"],
      // Only what differs from the answer that counts is a dissent.
      ["aacd", 2, ["ac"], "agreed aa/d/c/0"],
      ["aacd", 2, ["cd"], "agreed aa/cd//0"],
      // Enough may be equal, so nobody knows.
      ["ac", 2, ["ac"], "no_verdict //ac/0"],
      ["ab-", 2, ["ab"], "no_verdict //ab/1"],
      ["abc", 2, ["ab", "bc"], "no_verdict /ac/b/0"],
      ["abc", 2, ["ab", "bc", "ac"], "no_verdict //abc/0"],
      ["ab.", 3, ["ab"], "open //ab/1"],
      // Too few can be equal, whatever the comparison would have said.
      ["abc", 3, ["ab"], "split /abc//0"],
      ["a--", 2, ["ab"], "split //a/2"],
    ] as const
  ) assert.equal(of(letters, needed, failed), expected, `${letters} ${failed}`);
});

Deno.test("verdictOf() of a challenge accepts a single answer, and neither of two that differ", () => {
  const challenged = (letters: string) => {
    const found = verdictOf({ needed: 2, challenge: true }, jobsOf(letters));
    const text = (jobs: readonly ComparedJob[]) =>
      jobs.map(({ mark }) => mark?.sha256?.[0]).join("");
    return `${found.state} ${text(found.agreed)}/${text(found.dissent)}`;
  };
  for (
    const [letters, expected] of [
      ["..", "open /"],
      ["a.", "open /"],
      ["aa", "agreed aa/"],
      ["ab", "split /ab"],
      ["a-", "unchecked a/"],
      ["-b", "unchecked b/"],
      ["--", "split /"],
      ["ab.", "open /ab"],
      ["aba", "agreed aa/b"],
      ["abc", "split /abc"],
      ["ab-", "split /ab"],
    ] as const
  ) assert.equal(challenged(letters), expected, letters);
});

Deno.test("verdictOf() counts a provider once, however often it answers", () => {
  const [first, second] = jobsOf("aab");
  const twice = [first, { ...second, provider: first.provider }];
  assert.equal(verdictOf({ needed: 2 }, twice).state, "split");
});

Deno.test("verdictOf(): with fewer than K liars, no wrong answer counts and no verdict changes, in any order of answers", () => {
  const answers = fc.integer({ min: 2, max: 9 }).chain((count) => {
    const needed = Math.floor(count / 2) + 1;
    return fc.record({
      needed: fc.constant(needed),
      liars: fc.array(fc.constantFrom("x", "y", "-"), { minLength: 0, maxLength: needed - 1 }),
      count: fc.constant(count),
      order: fc.array(fc.nat(), { minLength: count, maxLength: count }),
    });
  });
  fc.assert(fc.property(answers, ({ needed, liars, count, order }) => {
    const said = [...liars, ..."a".repeat(count - liars.length)].join("");
    const come = [...said].map((_, at) => at).sort((a, b) => order[a] - order[b]);
    let before = "open";
    for (let heard = 0; heard <= count; heard++) {
      const now = [...said].map((letter, at) => come.indexOf(at) < heard ? letter : ".").join("");
      const { state, agreed } = verdictOf({ needed }, jobsOf(now));
      assert.ok(agreed.every(({ mark }) => mark!.sha256![0] === "a"), now);
      if (before !== "open") assert.equal(state, before, now);
      before = state;
    }
    assert.notEqual(before, "open");
    if (count - liars.length >= needed) assert.equal(before, "agreed");
  }));
});

Deno.test("parseVerifyRule() takes K of N with K above half of N, and nothing else", () => {
  assert.deepEqual(parseVerifyRule("2of3"), { needed: 2, count: 3 });
  assert.deepEqual(parseVerifyRule("2of2"), { needed: 2, count: 2 });
  assert.deepEqual(parseVerifyRule("5of9"), { needed: 5, count: 9 });
  for (
    const text of ["", "1of1", "1of2", "2of4", "4of3", "2 of 3", "2of10", "0of0", "-2of3", "2OF3"]
  ) {
    assert.throws(() => parseVerifyRule(text), { code: "bad_job" }, text);
  }
});

/** Which answers count before, during and after they are judged. */
import assert from "node:assert/strict";
import { judged } from "../../market/judged_answers.ts";
import { verdictOf } from "../../market/verdict.ts";
import { groupsText, type JudgementRow, pairsText } from "../../store/judgement_row.ts";

const hashOf = (letter: string) => letter.charCodeAt(0).toString(16).padStart(64, "0");
const row = (
  groups: string | null,
  failedOn: string | null = null,
  undecided: string | null = null,
): JudgementRow => ({
  leadId: "job-1",
  skill: "even",
  sha256: "e".repeat(64),
  groups: groups && groupsText(groups.split(" ").map((group) => [...group].map(hashOf))),
  undecided: undecided && pairsText(undecided.split(" ").map((pair) => [...pair].map(hashOf))),
  failedOn: failedOn && groupsText([[...failedOn].map(hashOf)]),
  errorCode: failedOn || undecided ? "timeout" : null,
  errorMessage: failedOn || undecided ? "late" : null,
  atMs: 0,
});
/** `a`, `b`...: an answer. `.`: one that may still come. `-`: none. The answers that agree, those that differ, those of which nobody knows, and what the judge must do. */
function of(letters: string, judgement: JudgementRow | null, challenge = false): string {
  const jobs = [...letters].map((letter, at) => ({
    letter,
    provider: String(at),
    open: letter === ".",
    mark: ".-".includes(letter) ? null : { sha256: hashOf(letter) },
  }));
  const { jobs: grouped, judging } = judged(jobs, { needed: 2 }, "even", judgement);
  const { state, agreed, dissent, undecided } = verdictOf({ needed: 2, challenge }, grouped);
  const text = (some: readonly { readonly letter: string }[]) =>
    some.map(({ letter }) => letter).join("");
  const todo = [
    ...judging.isDue ? ["due"] : [],
    ...judging.isPartial ? ["partial"] : [],
    ...judging.error === null ? [] : [judging.error.code],
  ];
  return `${state} ${text(agreed)}/${text(dissent)}/${text(undecided)} ${todo.join(" ")}`.trim();
}

Deno.test("judged(): no answer counts before a skill judged it, not even two of the same bytes", () => {
  for (
    const [letters, judgement, expected] of [
      ["...", null, "open //"],
      ["a..", null, "open //a partial"],
      ["aa.", null, "open //aa due partial"],
      ["ab.", null, "open //ab due partial"],
      ["abc", null, "open //abc due partial"],
      ["ab-", null, "open //ab due partial"],
      ["aa.", row("a"), "agreed aa//"],
      ["ab.", row("ab"), "agreed ab//"],
      ["ab.", row("a b"), "open /ab/"],
      ["abc", row("a b"), "open /ab/c due partial"],
      ["abc", row("ab"), "agreed ab//c due partial"],
      ["abc", row("ab c"), "agreed ab/c/"],
      ["abc", row("a b c"), "split /abc/"],
      // A skill that failed is asked again only if another answer comes.
      ["ab.", row(null, "ab"), "open //ab partial timeout"],
      ["abc", row(null, "ab"), "open //abc due partial"],
      ["abc", row(null, "abc"), "no_verdict //abc partial timeout"],
      ["abc", row("ab", "abc"), "agreed ab//c partial timeout"],
      ["abc", row("a b", "abc"), "no_verdict /ab/c partial timeout"],
      // It failed on some pairs.
      ["abc", row("ab c", null, "ac bc"), "agreed ab//c timeout"],
      ["abc", row("ab c", null, "ac"), "agreed ab//c timeout"],
      ["abc", row("a b c", null, "ac bc"), "no_verdict /ab/c timeout"],
      ["ab-", row("a b", null, "ab"), "no_verdict //ab timeout"],
      ["ab.", row("a b", null, "ab"), "open //ab timeout"],
      ["abc", row("a b", null, "ab"), "open //abc due partial"],
      // One answer cannot be compared.
      ["a--", null, "split //a"],
    ] as const
  ) assert.equal(of(letters, judgement), expected, `${letters} ${judgement?.groups}`);
});

Deno.test("judged() of a challenge takes a single answer without a skill, and two only as it says", () => {
  for (
    const [letters, judgement, expected] of [
      ["a.", null, "open //a partial"],
      ["a-", null, "unchecked a//"],
      ["ab", null, "open //ab due partial"],
      ["ab", row("ab"), "agreed ab//"],
      ["ab", row("a b"), "split /ab/"],
      ["ab", row(null, "ab"), "no_verdict //ab partial timeout"],
      ["aa", row(null, "a"), "no_verdict //aa partial timeout"],
      ["ab", row("a b", null, "ab"), "no_verdict //ab timeout"],
    ] as const
  ) assert.equal(of(letters, judgement, true), expected, letters);
});

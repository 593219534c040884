/** Evidence: what a file proves, and that no file can claim what nobody signed. */
import assert from "node:assert/strict";
import { checkEvidence, evidenceToJudge } from "../../market/check_evidence.ts";
import { answersEvidence } from "../../market/evidence.ts";
import { sealResult } from "../../protocols/nostr/sealed_result.ts";
import { publicKeyOf } from "../../protocols/nostr/sign.ts";
import {
  bytesOf,
  check,
  copyOf,
  evidence,
  key,
  quoteOf,
  RECEIPT,
  requestTo,
  resultOf,
  sign,
} from "./made_evidence.ts";

Deno.test("checkEvidence() shows who signed another answer than the others, and what each was paid by its own receipt", async () => {
  const found = await check(evidence("aab"));
  assert.deepEqual([found.valid, found.state, found.faults], [true, "agreed", []]);
  assert.deepEqual(found.parts.map(({ agrees }) => agrees), [true, true, false]);
  assert.deepEqual(
    found.parts.map(({ provider }) => provider),
    [0, 1, 2].map((at) => publicKeyOf(key(at))),
  );
  assert.deepEqual(found.parts.map(({ paid_units }) => paid_units), [700n, 700n, 700n]);
  assert.equal(found.shows[1], `${publicKeyOf(key(2))} signed another answer to it`);
});

Deno.test("checkEvidence() blames nobody if too few answers agree, or there is none", async () => {
  const split = await check(evidence("abc"));
  assert.deepEqual([split.valid, split.state], [true, "split"]);
  assert.ok(split.parts.every(({ agrees }) => agrees === null));
  const silent = await check(evidence("aa-"));
  assert.deepEqual(silent.parts.map(({ agrees }) => agrees), [true, true, null]);
  assert.equal(silent.shows.length, 1);
});

Deno.test("checkEvidence() compares as the buyer chose, and says so; a file that does not say it is compared by its kind", async () => {
  const file = copyOf(evidence("123", "json"));
  file.jobs[1].result = resultOf(requestTo(1), 1, " 1\n");
  const found = await check(file);
  assert.deepEqual([found.valid, found.compare, found.state], [true, "json", "agreed"]);
  assert.deepEqual(found.parts.map(({ agrees }) => agrees), [true, true, false]);
  assert.match(found.shows[0], /^2 providers signed equal answers \(by their JSON values\)/);
  for (const compare of ["kind", undefined]) {
    const { compare: by, state } = await check({ ...file, compare });
    assert.deepEqual([by, state], ["kind", "split"]);
  }
});

Deno.test("checkEvidence() of judged answers shows who signed what, and which are equal only once their judge was asked", async () => {
  const file = evidence("135", "skill");
  const alone = await check(file);
  assert.deepEqual([alone.valid, alone.state], [true, null]);
  assert.deepEqual(alone.judge, { skill: "even", sha256: "e".repeat(64) });
  assert.deepEqual(alone.parts.map(({ agrees }) => agrees), [null, null, null]);
  assert.match(alone.shows[0], /^3 providers signed answers .* even with the hash e{64} says/);
  const asked = await evidenceToJudge(bytesOf(file));
  assert.deepEqual([asked?.judge.skill, asked?.kind], ["even", 5600]);
  const [one, two, three] = asked!.input.hashes;
  const text = new TextDecoder().decode(asked!.input.bytes!);
  assert.deepEqual(JSON.parse(text).answers.toSorted(), ["1", "3", "5"]);
  const checked = (groups: string[][], undecided: string[][] = []) =>
    checkEvidence(bytesOf(file), { groups, undecided });
  const judged = await checked([[one, three], [two]]);
  assert.equal(judged.state, "agreed");
  assert.deepEqual(judged.parts.filter(({ agrees }) => agrees === false).length, 1);
  assert.match(judged.shows[0], /^2 providers signed equal answers \(as the skill even judges\)/);
  assert.equal((await checked([[one], [two], [three]])).state, "split");
  // Groups that lack an answer are not this file's.
  assert.equal((await checked([[one, two]])).state, null);
});

Deno.test("checkEvidence() of judged answers blames nobody for a comparison that could not be made", async () => {
  const file = evidence("135", "skill");
  const [one, two, three] = (await evidenceToJudge(bytesOf(file)))!.input.hashes;
  const found = await checkEvidence(bytesOf(file), {
    groups: [[one, three], [two]],
    undecided: [[one, two]],
  });
  assert.equal(found.state, "agreed");
  const agrees = (hash: string, { parts }: typeof found) =>
    parts.find(({ answer }) => answer?.sha256 === hash)!.agrees;
  assert.deepEqual([one, three, two].map((hash) => agrees(hash, found)), [true, true, null]);
  assert.match(found.shows[1], /signed an answer that could not be compared with all of them$/);
  const open = await checkEvidence(bytesOf(file), {
    groups: [[one], [two], [three]],
    undecided: [[one, two]],
  });
  assert.equal(open.state, "no_verdict");
  assert.deepEqual([one, two, three].map((hash) => agrees(hash, open)), [null, null, null]);
  assert.match(open.shows[0], /^it is not known whether enough of 3 providers/);
});

Deno.test("evidenceToJudge() asks nobody about a file that is not valid or that no skill judges", async () => {
  assert.equal(await evidenceToJudge(bytesOf(evidence("aab"))), null);
  const file = copyOf(evidence("135", "skill"));
  for (const judge of [null, { skill: "../x", sha256: null }, { skill: "even", sha256: "e" }]) {
    assert.equal((await check({ ...file, judge })).valid, false);
    assert.equal(await evidenceToJudge(bytesOf({ ...file, judge })), null);
  }
  file.jobs[0].result.content = "2";
  assert.equal(await evidenceToJudge(bytesOf(file)), null);
});

Deno.test("checkEvidence() refuses a file that was changed, completed or put together of other jobs", async () => {
  const good = evidence("aab");
  const other = resultOf(requestTo(2, "y"), 2, "b");
  const changes:
    readonly (readonly [why: RegExp, change: (file: ReturnType<typeof copyOf>) => unknown])[] = [
      [/signature/, (file) => file.jobs[2].result.content = "c"],
      [/signature/, (file) => file.jobs[0].quote.sig = "0".repeat(128)],
      [/another request/, (file) => file.jobs[2].result = other],
      [/another job than part 1/, (file) => {
        const request = requestTo(2, "y");
        file.jobs[2] = { request, result: other, quote: null, receipt: null };
      }],
      [/another key/, (file) => file.jobs[2].result = file.jobs[0].result],
      [/another part names/, (file) => file.jobs[2] = file.jobs[0]],
      [/another request/, (file) => file.jobs[1].request.created_at++],
      [/receipt/, (file) => file.jobs[0].receipt = "0".repeat(64)],
      [/rule/, (file) => file.needed = 1],
      [/rule/, (file) => file.jobs.pop()],
      [/unknown way/, (file) => file.compare = "x"],
      [/unknown way/, (file) => file.compare = ["kind"]],
      [/cannot be compared by exit/, (file) => file.compare = "exit"],
      [/format/, (file) => file.format = "x"],
      [/what it proves/, (file) => file.what = "x"],
      [/object/, (file) => file.jobs[1] = null],
      [/./, (file) => file.jobs[1].request = { kind: 5600 }],
    ];
  for (const [why, change] of changes) {
    const file = copyOf(good);
    change(file);
    const found = await check(file);
    assert.equal(found.valid, false, String(change));
    assert.match(found.faults[0], why, String(change));
    assert.deepEqual([found.parts, found.shows], [[], []]);
  }
});

Deno.test("checkEvidence() reads hostile bytes without a throw", async () => {
  const texts = [
    "",
    "{",
    "[]",
    "null",
    '{"format":1}',
    '{"a":1,"a":1}',
    "[".repeat(99_999),
    "\u0000",
  ];
  for (const text of texts) {
    assert.equal(
      (await checkEvidence(new TextEncoder().encode(text))).valid,
      false,
      text.slice(0, 9),
    );
  }
  assert.equal((await checkEvidence(new Uint8Array([0xff, 0xfe]))).valid, false);
});

Deno.test("checkEvidence() shows whether a key that was sold opens its result", async () => {
  const request = requestTo(0);
  const file = (content: string) => {
    const sealed = sealResult({ content: "hi", tags: [] }, RECEIPT, {
      salt: new Uint8Array(32),
      nonce: new Uint8Array(12),
    });
    const result = resultOf(request, 0, content === "" ? sealed.content : content);
    const { id: _id, sig: _sig, ...unsigned } = result;
    return {
      format: "crosstown-evidence/1",
      what: "key",
      quote: quoteOf(request, 0, "on-delivery"),
      sealed_result: sign({ ...unsigned, tags: [...result.tags, ...sealed.tags] }, 0),
      key: RECEIPT.toHex(),
    };
  };
  const sold = await check(file(""));
  assert.deepEqual([sold.valid, sold.shows], [true, [
    `${publicKeyOf(key(0))} sold a key that opens its result`,
  ]]);
  const broken = await check(file(new Uint8Array(284).toBase64()));
  assert.deepEqual(broken.shows, [
    `${publicKeyOf(key(0))} sold a key that does not open its result`,
  ]);
  assert.equal((await check({ ...file(""), key: "0".repeat(64) })).valid, false);
});

Deno.test("checkEvidence() compares sealed answers by what their keys open, and takes none whose key is missing or wrong", async () => {
  const part = (at: number, content: string) => {
    const request = requestTo(at);
    const sealed = sealResult({ content, tags: [] }, RECEIPT, {
      salt: new Uint8Array(32).fill(at),
      nonce: new Uint8Array(12).fill(at),
    });
    const { id: _id, sig: _sig, ...open } = resultOf(request, at, sealed.content);
    const result = sign(
      { ...open, tags: [...open.tags, ...sealed.tags.map((tag) => [...tag])] },
      at,
    );
    return {
      request: bytesOf(request),
      result: bytesOf(result),
      quote: bytesOf(quoteOf(request, at, "on-delivery")),
      receipt: RECEIPT.toHex() as string | null,
    };
  };
  const jobs = [part(0, "a"), part(1, "a"), part(2, "b")];
  const rule = { needed: 2, count: 3, compare: "kind", judge: null } as const;
  const found = await check(answersEvidence(rule, jobs));
  assert.deepEqual([found.valid, found.state], [true, "agreed"]);
  assert.deepEqual(found.parts.map(({ agrees }) => agrees), [true, true, false]);
  assert.deepEqual(found.parts.map(({ paid_units }) => paid_units), [700n, 700n, 700n]);
  const unpaid = await check(
    answersEvidence(rule, [{ ...jobs[0], receipt: null }, jobs[1], jobs[2]]),
  );
  assert.deepEqual([unpaid.state, unpaid.parts[0].answer], ["split", null]);
  const other = copyOf(answersEvidence(rule, jobs));
  other.jobs[0].quote = null;
  other.jobs[0].receipt = "0".repeat(64);
  const wrong = await check(other);
  assert.deepEqual([wrong.valid, wrong.parts[0].answer], [true, null]);
});

Deno.test("checkEvidence() counts of a metered job the increment that its receipt proves", async () => {
  const file = evidence("aab");
  const request = requestTo(0);
  const { id: _id, sig: _sig, ...quote } = quoteOf(request, 0);
  const metered = sign({
    ...quote,
    tags: [
      ...quote.tags.filter(([name]) => name !== "mode").map((tag) => [...tag]),
      ["mode", "metered"],
      ["increment", "100", "15"],
    ],
  }, 0);
  const found = await check({
    ...file,
    jobs: [{ ...file.jobs[0], quote: metered }, ...file.jobs.slice(1)],
  });
  assert.deepEqual(found.faults, []);
  assert.deepEqual(found.parts.map(({ paid_units }) => paid_units), [100n, 700n, 700n]);
});

/** A provider that lies, floods, and sends terminal control characters, against the buyer's real program. */
import assert from "node:assert/strict";
import { type Answer, HostileMarket } from "./hostile_market.ts";
import { announcement, feedbackOf, KEYS, nowS, resultOf } from "./hostile_events.ts";

/** Colour, title, the eight-bit CSI, text that runs backwards, cursor moves. */
const ESCAPES = "\u001b[31mEVIL\u001b]0;pwned\u0007\u009b2J\u202e\u2066\r\b";
const RAW =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|\r(?!\n)/;

Deno.test("job submit lets no control character of a result, an error or a refusal reach a terminal, in any output", async () => {
  await using market = await HostileMarket.start();
  const said: [string, () => void][] = [
    ["result", () => market.onPaid = (request) => market.publish(resultOf(request, ESCAPES))],
    [
      "error",
      () =>
        market.onPaid = (request) =>
          market.publish(
            feedbackOf(request, "error", `${ESCAPES}\nJob x: SUCCESS`, KEYS.provider, [[
              "code",
              ESCAPES,
            ]]),
          ),
    ],
    ["refusal", () => market.onPacket = () => Promise.resolve({ code: "F02", message: ESCAPES })],
  ];
  for (const [what, set] of said) {
    set();
    for (const output of what === "error" ? ["text", "json", "csv"] : ["text"]) {
      const { stdout, stderr } = await market.submit("--output", output);
      assert.doesNotMatch(stdout, RAW, `${what} as ${output}`);
      assert.doesNotMatch(stderr, RAW, `${what} as ${output}, notes`);
      assert.doesNotMatch(stdout, /^Job x: SUCCESS/m, "a provider's words never begin a line");
    }
  }
  assert.doesNotMatch(await market.log(), RAW);
});

Deno.test("job submit takes the first result that fits its job, and nothing else counts", async () => {
  await using market = await HostileMarket.start();
  market.onPaid = (request) => {
    const other = request.id.replace(/^./, request.id[0] === "0" ? "1" : "0");
    const forBuyer = ["p", request.pubkey];
    market.publish(
      resultOf(request, "stranger", {}, KEYS.stranger),
      feedbackOf(request, "error", "by a stranger", KEYS.stranger),
      resultOf(request, "other job", { tags: [["e", other], forBuyer] }),
      resultOf(request, "other buyer", { tags: [["e", request.id], ["p", "a".repeat(64)]] }),
      resultOf(request, "other kind", { kind: 6601 }),
      resultOf(request, "before", { created_at: nowS() - 9_999 }),
      resultOf(request, "future", { created_at: nowS() + 99_999 }),
      resultOf(request, "no buyer", { tags: [["e", request.id]] }),
    );
    market.publish(
      { ...resultOf(request, "x"), content: "forged" },
      { ...resultOf(request, "forged"), sig: "0".repeat(128) },
    );
    market.publish(
      resultOf(request, "good"),
      resultOf(request, "second"),
      feedbackOf(request, "error", "after the result"),
    );
  };
  const { document } = await market.submit("--timeout", "120");
  assert.equal(document.status, "success");
  assert.equal(document.result.content, "good");
  const { document: later } = await market.run("job", "status", document.job_id);
  assert.deepEqual([later.status, later.result.content], ["success", "good"]);
  const outcomes = later.answers.map(({ outcome, count }: Record<string, unknown>) =>
    `${count} ${outcome}`
  );
  // The command ends with the good result, so later answers may or may not have been read.
  assert.deepEqual(outcomes.filter((each: string) => !each.includes("contradictory")), [
    "2 foreign_provider",
    "2 wrong_buyer",
    "1 wrong_kind",
    "1 wrong_time",
  ]);
  const log = await market.log();
  for (
    const code of [
      "foreign_provider",
      "unknown_job",
      "wrong_buyer",
      "wrong_kind",
      "wrong_time",
      "bad_id",
      "bad_signature",
    ]
  ) assert.match(log, new RegExp(`code=${code} `));
});

Deno.test("job submit prints what was paid when the result came before the answer to its payment", async () => {
  await using market = await HostileMarket.start();
  market.onPaid = () => {};
  market.onPacket = async (arrived): Promise<Answer> => {
    const answer = await arrived.honest();
    if (arrived.to === "provider") market.publish(resultOf(arrived.event, "early"));
    return answer;
  };
  const { document } = await market.submit();
  assert.equal(document.result.content, "early");
  const sent = market.packets.reduce((sum, { prepare }) => sum + prepare.amount, 0n);
  assert.equal(document.paid_units, String(sent));
});

Deno.test("job submit pays no more than was announced, whatever the provider asks for then", async () => {
  await using market = await HostileMarket.start();
  const asks = { code: "price_not_met", required: "5000000", received: "1000", unit: "units" };
  const data = new TextEncoder().encode(JSON.stringify(asks));
  market.onPacket = (arrived) =>
    arrived.to === "relay"
      ? arrived.honest()
      : Promise.resolve({ code: "F04", message: "more", data });
  const { document } = await market.submit();
  assert.deepEqual([document.status, document.error.code], ["refused", "F04"]);
  assert.deepEqual(market.packets.map(({ prepare }) => prepare.amount), [5_010n, 1_000n]);
});

Deno.test("job submit: the bid bounds write and job together, before anything is paid", async () => {
  await using market = await HostileMarket.start();
  const writeUnits = 5_310n;
  const { document: refused } = await market.submit("--bid", `${writeUnits + 999n}units`);
  assert.equal(refused.error.code, "bid_too_low");
  assert.equal(market.packets.length, 0);
  const { document: taken } = await market.submit("--bid", "8000units");
  assert.equal(taken.status, "success");
  assert.ok(BigInt(taken.paid_units) <= 8_000n);
});

Deno.test("many announcements hide neither a cheaper provider nor a named one", async () => {
  await using market = await HostileMarket.start();
  const honest = market.stored[0];
  for (let at = 0; at < 450; at++) {
    const key = new Uint8Array(32).fill(1);
    new DataView(key.buffer).setUint32(0, at + 1);
    const prices = [{ kind: 5600, flatUnits: 500_000n, unitsPerKib: 0n }];
    market.stored.push(announcement(key, { prices }, nowS() + 30));
  }
  market.onRead = (filters, events) =>
    events.sort((a, b) => b.created_at - a.created_at).slice(0, filters[0].limit);
  const cheapest = await market.submit("--dry-run");
  assert.equal(cheapest.document.provider, honest.pubkey);
  const asked = market.questions.length;
  const named = await market.submit("--dry-run", "--provider", honest.pubkey);
  assert.equal(named.document.provider, honest.pubkey);
  assert.equal(market.questions.length, asked + 1, "the named one is asked for by its key");
});

Deno.test("job submit reads a log that unpacks to 40 MiB up to its bound", async () => {
  await using market = await HostileMarket.start();
  const zeros = new Blob([new Uint8Array(40 << 20).fill(65)]).stream();
  const zipped = await new Response(zeros.pipeThrough(new CompressionStream("gzip"))).bytes();
  market.onPaid = (request) =>
    market.publish(
      resultOf(request, JSON.stringify({ exit_code: 0, log_gzip: zipped.toBase64() })),
    );
  const project = `${market.folder}/project`;
  await Deno.mkdir(project);
  await Deno.writeTextFile(`${project}/a.txt`, "a");
  const { document } = await market.run(
    ...["job", "submit", "ci-run", "--input", project, "--param", "command=true", "--wait"],
  );
  assert.equal(document.result.log.length, 8 << 20);
  assert.equal(document.result.log_truncated, true);
});

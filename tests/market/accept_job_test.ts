import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import { encodeToon } from "../../protocols/toon/encode.ts";
import { OWN_PRICES, rulesOf, type RulesOptions } from "../../home/local/provider_rules.ts";
import { CI_REQUEST } from "../../skills/builtin/ci_run/spec.ts";
import { CHUNK_LIST_TYPE } from "../../blobs/chunk_list.ts";
import { questionRules } from "../../skills/builtin/text_generation/question.ts";
import { BUYER, buyerRow, NOW_S, PROVIDER, request, RULES, signed, STRANGER } from "./market.ts";
import { asked, prepare, price, terminal } from "./job_terminal.ts";

Deno.test("acceptJob() takes a paid request: job and payment are one commit, with a receipt", async () => {
  const packet = prepare(asked, price);
  const inspection = await terminal().inspect(packet);
  assert.equal("obligation" in inspection && inspection.obligation, `job:${asked.id}`);
  const effect = await terminal().effect(packet, `job:${asked.id}`);
  assert.ok("fulfilment" in effect);
  assert.deepEqual(sha256(effect.fulfilment), packet.condition);
  assert.deepEqual(JSON.parse(new TextDecoder().decode(effect.data)), {
    job_id: `job-${asked.id.slice(0, 7)}`,
    event_id: asked.id,
    paid_units: String(price),
  });
  const [change] = effect.changes ?? [];
  assert.ok(change.op === "putJob" && change.expect === "absent");
  assert.equal(change.row.status, "paid");
  assert.equal(change.row.jobPaid, true);
  assert.equal(change.row.amountUnits, price);
  assert.deepEqual(change.row.request, packet.data);
});

Deno.test("acceptJob() takes the content's own condition, as the crosstown wire has it", async () => {
  const data = encodeToon(asked, "1.4");
  const packet = prepare(asked, price, { condition: sha256(sha256(data)) });
  const effect = await terminal().effect(packet, `job:${asked.id}`);
  assert.ok("fulfilment" in effect);
  assert.deepEqual(effect.fulfilment, sha256(data));
});

Deno.test("acceptJob() states an unpaid price in its asset, and in units for programs", async () => {
  const inspected = await terminal().inspect(prepare(asked, 1n));
  assert.ok("reject" in inspected);
  const { message, data } = inspected.reject;
  assert.match(message, /^the price is 0\.05\d* M2M, but 0\.000001 M2M was paid$/);
  const { required, unit } = JSON.parse(new TextDecoder().decode(data));
  assert.deepEqual([required, unit], [String(price), "units"]);
});

Deno.test("acceptJob() refuses what it must not run, before anything is held", async () => {
  const forged = { ...asked, content: "other" };
  for (
    const { name, packet, options = {}, code, reason } of [
      {
        name: "one unit short",
        packet: prepare(asked, price - 1n),
        code: "F04",
        reason: "price_not_met",
      },
      { name: "amount 0", packet: prepare(asked, 0n), code: "F04", reason: "price_not_met" },
      {
        name: "no event",
        packet: prepare(asked, price, { data: new Uint8Array([1, 2]) }),
        code: "F06",
        reason: "malformed",
      },
      { name: "wrong id", packet: prepare(forged, price), code: "F06", reason: "bad_id" },
      {
        name: "bad signature",
        packet: prepare({ ...asked, sig: "0".repeat(128) }, price),
        code: "F06",
        reason: "bad_signature",
      },
      {
        name: "other kind",
        packet: prepare(request(5602), price),
        code: "F99",
        reason: "kind_not_served",
      },
      {
        name: "a note",
        packet: prepare(request(1), price),
        code: "F99",
        reason: "kind_not_served",
      },
      {
        name: "other provider",
        packet: prepare(request(5601, [["p", STRANGER]]), price),
        code: "F99",
        reason: "other_provider",
      },
      {
        name: "other platform",
        packet: prepare(request(5601, [["param", "platform", "linux/arm64"]]), price * 2n),
        code: "F99",
        reason: "wrong_platform",
      },
      {
        name: "malformed",
        packet: prepare(request(5601, [["param", "x"]]), price),
        code: "F99",
        reason: "malformed",
      },
      {
        name: "expired",
        packet: prepare(request(5601, [["expiration", String(NOW_S - 1)]]), price),
        code: "F99",
        reason: "expired",
      },
      {
        name: "old",
        packet: prepare(request(5601, [], { created_at: NOW_S - 4000 }), price),
        code: "F99",
        reason: "expired",
      },
      {
        name: "future",
        packet: prepare(request(5601, [], { created_at: NOW_S + 400 }), price),
        code: "F99",
        reason: "from_the_future",
      },
      {
        name: "not on the list",
        packet: prepare(asked, price),
        options: { rules: () => ({ ...RULES, allowBuyers: [STRANGER] }) },
        code: "F99",
        reason: "buyer_not_allowed",
      },
      {
        name: "wrong condition",
        packet: prepare(asked, price, { condition: new Uint8Array(32) }),
        code: "F05",
        reason: "wrong_condition",
      },
      {
        name: "busy",
        packet: prepare(asked, price),
        options: { capacity: 0 },
        code: "T03",
        reason: "busy",
      },
    ]
  ) {
    const inspection = await terminal(options).inspect(packet);
    assert.ok("reject" in inspection, name);
    assert.equal(inspection.reject.code, code, name);
    const data = JSON.parse(new TextDecoder().decode(inspection.reject.data));
    assert.equal(data.code, reason, `${name}: ${data.message}`);
  }
  const short = await terminal().inspect(prepare(asked, 7n));
  assert.ok("reject" in short);
  const { required, received, unit } = JSON.parse(new TextDecoder().decode(short.reject.data));
  assert.deepEqual({ required, received, unit }, {
    required: String(price),
    received: "7",
    unit: "units",
  });
});

Deno.test("acceptJob() refuses what its skill cannot run, before it is paid", async () => {
  const served = (closed: string | null): RulesOptions => ({
    ...RULES,
    asked: OWN_PRICES,
    prices: RULES.prices.map(({ kind, flatUnits, unitsPerKib }) => ({
      kind,
      flatUnits: String(flatUnits),
      unitsPerKib: String(unitsPerKib),
    })),
    skills: [{ name: "ci-run", kinds: [5601], builtin: true, request: CI_REQUEST, closed }],
  });
  const command = ["param", "command", "make"];
  const file = ["i", "x", "text"];
  const url = `http://127.0.0.1:1/${"a".repeat(64)}`;
  const blobOf = (size: number | string, ...more: string[]) => [
    command,
    ["i", url, "url"],
    ["imeta", `url ${url}`, `x ${"a".repeat(64)}`, `size ${size}`, ...more],
  ];
  const chunks = `m ${CHUNK_LIST_TYPE}`;
  for (
    const [name, tags, reason, closed] of [
      ["a file of ours", [command, ["i", "file:///etc/passwd", "url"]], "bad_input"],
      ["a repository on this machine", [command, ["i", "https://127.0.0.1/r", "url"]], "bad_input"],
      ["a name with a slash", [command, file, ["param", "name", "../x"]], "bad_input"],
      ["no base64", [command, file, ["param", "encoding", "base64"]], "bad_input"],
      ["an unknown param", [command, ["param", "colour", "blue"]], "bad_input"],
      ["no command", [file], "bad_input"],
      ["an empty command", [["param", "command", " "]], "bad_input"],
      ["a blob of a byte too much", blobOf((128 << 20) + 1), "bad_input"],
      ["the largest blob", blobOf(128 << 20), null],
      ["chunks without their total", blobOf(4_000, chunks), "bad_input"],
      ["chunks of a byte too much", blobOf(4_000, chunks, "total 134217729"), "bad_input"],
      ["chunks of the largest size", blobOf(4_000, chunks, "total 134217728"), null],
      ["a list of chunks that is too long", blobOf((8 << 20) + 1, chunks, "total 9"), "bad_input"],
      ["two totals", blobOf(4_000, chunks, "total 9", "total 10"), "bad_input"],
      ...["-1", "1e3", "0x9", "9.5", " 9", "٩", "9007199254740993", ""].map((text) =>
        [`a total of ${text}`, blobOf(4_000, chunks, `total ${text}`), "bad_input"] as const
      ),
      ["no sandbox", [command], "sandbox_required", "no sandbox here"],
      ["a good one", [command, file], null],
    ] as readonly (readonly [string, string[][], string | null, string?])[]
  ) {
    const rules = rulesOf(served(closed ?? null));
    const packet = prepare(request(5601, tags), price * 2n);
    const inspection = await terminal({ rules: () => rules }).inspect(packet);
    if (reason === null) assert.ok("obligation" in inspection, name);
    else {
      assert.ok("reject" in inspection, name);
      assert.equal(inspection.reject.code, "F99", name);
      const { code } = JSON.parse(new TextDecoder().decode(inspection.reject.data));
      assert.equal(code, reason, name);
    }
  }
});

Deno.test("acceptJob() asks for the most tokens that a question can use, and not a unit less", async () => {
  const tokens = { inputUnits: "100000", outputUnits: "2000000", mostOutput: 64 };
  const rules = rulesOf({
    ...RULES,
    asked: OWN_PRICES,
    prices: [{ kind: 5050, flatUnits: "50000", unitsPerKib: "0", tokens }],
    skills: [{
      name: "text-generation",
      kinds: [5050],
      builtin: true,
      request: questionRules("tiny"),
      closed: null,
    }],
  });
  for (const [max, units] of [["20", 98_000n], ["64", 186_000n], ["999999", 186_000n]] as const) {
    const event = request(5050, [["i", "Tell me a story", "text"], ["param", "max_tokens", max]]);
    const inspect = (amount: bigint) =>
      terminal({ rules: () => rules }).inspect(prepare(event, amount));
    assert.ok("obligation" in await inspect(units), max);
    const short = await inspect(units - 1n);
    assert.ok("reject" in short, max);
    const { code, required } = JSON.parse(new TextDecoder().decode(short.reject.data));
    assert.deepEqual([code, required], ["price_not_met", String(units)]);
  }
});

Deno.test("acceptJob() refuses a question that its model cannot be asked, before it is paid", async () => {
  const [{ flatUnits, unitsPerKib }] = RULES.prices;
  const rules = rulesOf({
    ...RULES,
    asked: OWN_PRICES,
    prices: [{ kind: 5050, flatUnits: String(flatUnits), unitsPerKib: String(unitsPerKib) }],
    skills: [{
      name: "text-generation",
      kinds: [5050],
      builtin: true,
      request: questionRules("tiny"),
      closed: null,
    }],
  });
  for (
    const [name, param, reason] of [
      ["another model", ["model", "other"], /model is tiny here, not "other"/],
      ["tokens below one", ["max_tokens", "0"], /max_tokens is a number from 1/],
      ["tokens that are no number", ["max_tokens", "many"], /max_tokens is a number from 1/],
      ["a temperature above two", ["temperature", "2.1"], /temperature is a number from 0 to 2/],
      ["a good one", ["model", "tiny"], null],
    ] as const
  ) {
    const event = request(5050, [["i", "Tell me", "text"], ["param", ...param]]);
    const inspection = await terminal({ rules: () => rules }).inspect(prepare(event, price * 2n));
    if (reason === null) assert.ok("obligation" in inspection, name);
    else {
      assert.ok("reject" in inspection, name);
      const { code, message } = JSON.parse(new TextDecoder().decode(inspection.reject.data));
      assert.equal(code, "bad_input", name);
      assert.match(message, reason, name);
    }
  }
});

Deno.test("acceptJob() effect is idempotent, and fulfils what was accepted, also when it is late", async () => {
  const packet = prepare(asked, price);
  const late = { clock: () => (NOW_S + 100_000) * 1000 };
  const row = buyerRow(asked, { role: "provider", provider: PROVIDER });
  const again = await terminal({ ...late, row }).effect(packet, `job:${asked.id}`);
  assert.ok("fulfilment" in again);
  assert.deepEqual(again.changes, []);
  const first = await terminal(late).effect(packet, `job:${asked.id}`);
  assert.ok("fulfilment" in first && first.changes?.[0].op === "putJob");
  const quoted = { ...row, jobPaid: false, status: "quoted" as const };
  const patched = await terminal({ row: quoted }).effect(packet, `job:${asked.id}`);
  assert.ok("changes" in patched && patched.changes?.[0].op === "patchJob");
  const over = { ...row, jobPaid: false, status: "cancelled" as const };
  const refused = await terminal({ row: over }).effect(packet, `job:${asked.id}`);
  assert.ok("reject" in refused && refused.reject.code === "F99");
  const wrong = await terminal().effect(
    { ...packet, condition: new Uint8Array(32) },
    `job:${asked.id}`,
  );
  assert.ok("reject" in wrong && wrong.reject.code === "F05");
  const other = await terminal().effect(packet, "job:other");
  assert.ok("reject" in other && other.reject.code === "F99");
  assert.ok(signed(asked, BUYER).id === asked.id);
});

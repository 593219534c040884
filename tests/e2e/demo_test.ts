import assert from "node:assert/strict";
import { faultsOf } from "../commands/json_schemas.ts";
import { withTime } from "../with_time.ts";
import { processesOf } from "./alive.ts";
import { documentOf, json, run, start, until, untilNone } from "./process.ts";

/** A folder for the files of a demo, which must be empty afterwards. */
async function tempFolder() {
  // In a deeper folder the demo would make its own one elsewhere, because paths of sockets are short.
  const path = await Deno.makeTempDir({ dir: "/tmp", prefix: "ct-" });
  return {
    path,
    options: { env: { TMPDIR: path } },
    async [Symbol.asyncDispose]() {
      try {
        assert.deepEqual(await untilNone(() => processesOf(path)), [], "no process is left");
        assert.deepEqual([...Deno.readDirSync(path)].map(({ name }) => name), []);
      } finally {
        await Deno.remove(path, { recursive: true });
      }
    },
  };
}

const STEPS = [
  "network_up",
  "deposit",
  "planned",
  "durable",
  "encoded",
  "write_prepare",
  "write_fulfill",
  "posted",
  "job_prepare",
  "job_fulfill",
  "verified",
  "balances",
  "close",
  "claim",
  "settled",
];

Deno.test("demo shows each step, the log, the result and both balances, and cleans up", async () => {
  await using temp = await tempFolder();
  const { code, stdout, stderr } = await run(["demo"], temp.options);
  assert.equal(code, 0, stderr);
  for (
    const line of [
      /TESTNET/,
      /relay ws:\/\/127\.0\.0\.1:\d+/,
      /\d+ bytes/,
      /PREPARE/,
      /FULFILL/,
      /4\/4 passed/,
      /exit code 0/,
      /SUCCESS/,
      /^Buyer +spent .* M2M of .* M2M credited/m,
      /^Provider +earned 0\.1\d* M2M/m,
      /^ +buyer +999\.\d+ M2M +-0\.\d+ M2M$/m,
      /adds up to the unit/,
    ]
  ) assert.match(stdout, line);
  assert.equal(stderr, "");
});

Deno.test("demo --output json prints the one document of the contract and nothing else", async () => {
  await using temp = await tempFolder();
  const document = await json(["demo"], temp.options);
  assert.deepEqual(faultsOf("demo", document), []);
  assert.equal(document.ok, true);
  assert.match(document.job.id, /^job-[0-9a-f]{7,}$/);
  assert.equal(document.job.kind, 5601);
  assert.match(document.job.event_id, /^[0-9a-f]{64}$/);
  assert.equal(document.request.price_units, String(document.request.bytes * 10));
  assert.match(document.result.event_id, /^[0-9a-f]{64}$/);
  assert.equal(document.result.kind, 6601);
  assert.equal(document.result.exit_code, 0);
  assert.equal(document.paid.write_units, document.request.price_units);
  assert.ok(BigInt(document.paid.job_units) > 0n);
  const paid = BigInt(document.paid.write_units) + BigInt(document.paid.job_units);
  assert.equal(document.paid_units, String(paid));
  assert.equal(document.balances.buyer.spent_units, String(paid));
  assert.equal(document.balances.provider.earned_units, document.paid.job_units);
  const { channels, balances, adds_up } = document.settlement;
  assert.equal(adds_up, true);
  assert.equal(balances.in_channels_units, "0");
  // On the chain, the buyer's account has lost exactly what it paid, and the provider has gained the job's price less
  // the cost of its writes.
  const gained = Object.fromEntries(
    // deno-lint-ignore no-explicit-any
    balances.parties.map((each: any) => [
      each.party,
      BigInt(each.units) - BigInt(each.granted_units),
    ]),
  );
  const writes = BigInt(document.balances.provider.spent_units);
  assert.deepEqual(gained, {
    buyer: -paid,
    provider: BigInt(document.paid.job_units) - writes,
    connector: BigInt(document.paid.write_units) + writes,
    relay: 0n,
  });
  for (const { signed_units, claimed_units, deposit_units } of channels) {
    assert.equal(claimed_units, signed_units);
    assert.equal(deposit_units, "50000000");
  }
  const names = document.steps.map(({ name }: { name: string }) => name);
  assert.deepEqual(STEPS.filter((name) => !names.includes(name)), []);
  const times: number[] = document.steps.map(({ at_ms }: { at_ms: number }) => at_ms);
  assert.deepEqual(times, times.toSorted((a, b) => a - b));
  assert.ok(document.elapsed_ms >= times.at(-1)!);
});

Deno.test("demo --fail, from the sources as in a clone, shows a job that ran and said no, with exit 0", async () => {
  await using temp = await tempFolder();
  // Where there is an installed program, most tests start that one.
  const document = await json(["demo", "--fail"], { ...temp.options, program: "cli.ts" });
  assert.deepEqual(faultsOf("demo", document), []);
  assert.equal(document.ok, true);
  assert.ok(document.result.exit_code > 0);
  assert.ok(BigInt(document.paid.job_units) > 0n);
});

Deno.test("demo interrupted by SIGINT at any time cleans up and exits 130", async () => {
  for (const moment of [null, /relay ws:/, /PREPARE/]) {
    const interrupted = async () => {
      await using temp = await tempFolder();
      const demo = start(["demo"], temp.options);
      if (moment === null) await untilSome(temp.path);
      else await demo.seen(moment);
      demo.kill("SIGINT");
      return await demo.ended;
    };
    // A signal of a machine that is busy may come after the demo's end.
    const { code, stderr } = await withTime([1, 2, 3], interrupted, ({ code }) => code !== 0);
    assert.equal(code, 130, `${moment}: ${stderr}`);
    assert.match(
      stderr,
      /^Error: Interrupted by SIGINT; nothing of the demo is kept\nSuggestion: run 'crosstown demo' again: it starts from the beginning\n/,
    );
  }
});

Deno.test("demo refuses wrong use with exit 2 and a document", async () => {
  const { error } = documentOf(await run(["demo", "--fial", "--output", "json"]), 2);
  assert.deepEqual(Object.keys(error), ["code", "message", "suggestion"]);
});

/** Until the demo has made its folder. */
async function untilSome(folder: string): Promise<void> {
  await until("the demo's folder", () => Promise.resolve([...Deno.readDirSync(folder)].length > 0));
}

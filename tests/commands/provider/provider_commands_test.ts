/** `provider list|show|trust|watch` for people, on a relay in this process. */
import assert from "node:assert/strict";
import { npubEncode } from "nostr-tools/nip19";
import type { JobRow } from "../../../store/job_row.ts";
import type { Change } from "../../../store/store.ts";
import { eventIdOf, job } from "../../store/store_rows.ts";
import { json } from "../../network/relay/signed_events.ts";
import { MACHINE, type MarketHome, marketHome, tradedEvents } from "../market_home.ts";
import { run } from "../memory_io.ts";

const large = tradedEvents(5, "large", MACHINE);
const small = tradedEvents(6, "sm\x1b[2J\n000 forged serving\u202e", [["t", "a\n000 forged"]]);
const failing = tradedEvents(8, "failing");
const [LARGE, SMALL, FAILING] = [large, small, failing].map(([{ pubkey }]) => pubkey);

/** Two jobs that `large` did, one of them badly, and one by another provider whose key begins alike. */
function ownJobs() {
  const twin = `${LARGE.slice(0, 8)}${"0".repeat(56)}`;
  return [[LARGE, 0], [LARGE, 1], [twin, 0]].map(([provider, exitCode], i) =>
    job({
      eventId: eventIdOf(`${i}abc123`),
      provider: String(provider),
      status: "success",
      exitCode: Number(exitCode),
      createdAtMs: Date.now() - 10_000,
      updatedAtMs: Date.now() - 8_000,
    })
  );
}

/** A job that `failing` accepted and failed. No other provider was within the bid, or `twin` has it now. */
function passedOn(id: string, twin: string | null): { row: JobRow; changes: Change[] } {
  const request = {
    kind: 5600,
    created_at: 1,
    tags: [["p", FAILING]],
    content: "",
    pubkey: "d".repeat(64),
  };
  const row = job({
    eventId: eventIdOf(id),
    provider: FAILING,
    status: "paid",
    jobPaid: true,
    request: new TextEncoder().encode(JSON.stringify(request)),
    createdAtMs: Date.now() - 10_000,
    updatedAtMs: Date.now() - 9_000,
  });
  const { jobId, eventId } = row;
  const candidates = twin === null ? [] : [{ provider: twin, payTo: "test.twin", priceUnits: 1n }];
  const plan = { budgetUnits: 1_000_000n, writeUnits: 1n, refusalCosts: false, candidates };
  return {
    row,
    changes: [
      { op: "planFailover", jobId, ...plan, destination: "", terminalPubkey: "" },
      {
        op: "passJobOn",
        jobId,
        eventId,
        code: "busy",
        message: "no",
        atMs: Date.now() - 8_000,
        otherwise: { status: "error", errorCode: "busy" },
      },
    ],
  };
}

let home: MarketHome;
Deno.test.beforeAll(async () => {
  const passed = [passedOn("8abc123", "7".repeat(64)), passedOn("9abc123", null)];
  home = await marketHome(
    [...large, ...small, ...failing],
    [...ownJobs(), ...passed.map(({ row }) => row)],
    passed.flatMap(({ changes }) => changes),
  );
});
Deno.test.afterAll(async () => {
  await home[Symbol.asyncDispose]();
});

const provider = (...args: string[]) =>
  run(["provider", ...args, "--network", "local"], { io: home.io() });

Deno.test("provider list shows machine, queue, price and own jobs of each, and moves no cursor by a name", async () => {
  const { code, out } = await provider("list", "--type", "ci-run");
  assert.equal(code, 0);
  const [line] = out.split("\n").filter((each) => each.includes(LARGE.slice(0, 12)));
  for (const text of ["large", "serving", "0.102", "3/64", "1/2 well", "ci-run 5999"]) {
    assert.ok(line.includes(text), `${text}: ${out}`);
  }
  assert.ok(out.includes(SMALL.slice(0, 12)));
  // deno-lint-ignore no-control-regex
  assert.ok(!/[\x1b\u202e]|^000/m.test(out));
});

Deno.test("provider list says how many do not fit, and that nobody does", async () => {
  assert.match((await provider("list", "--min-memory", "8G")).out, /\n2 others do not fit$/m);
  const none = await provider("list", "--max-price", "0.000001");
  assert.match(none.out, /\nnobody\n3 others do not fit$/m);
});

Deno.test("provider show prints the offer, the benchmark and the prices of one", async () => {
  const { out } = await provider("show", LARGE.slice(0, 12));
  for (
    const text of [
      "8 cpu 16.0 GiB",
      "SHA-256 on one processor 500 MB/s, on all 2000 MB/s, empty job 12 ms",
      "100.0 GiB free",
      "podman",
      "upfront on-delivery",
      "12000 msats a job",
      "debian_12.linux_arm64",
      "nip44",
      ", at most 3600 s",
      "most request_bytes",
      "0.10 M2M and 0.001 M2M a KiB (kind 5601)",
      "1/2 well, half of them within 2.0 s",
      "test.dev.elsewhere",
    ]
  ) assert.ok(out.includes(text), `${text}:\n${out}`);
  const other = await provider("show", npubEncode(SMALL));
  assert.match(other.out, /payment +it does not say/);
  assert.match(other.out, /machine +\?/);
  assert.match(other.out, /own jobs +none/);
  assert.doesNotMatch(other.out, /^000/m);
});

Deno.test("provider trust shows the jobs that make the score", async () => {
  const { out } = await provider("trust", LARGE);
  assert.match(out, /score +0\.5: /);
  assert.match(out, /jobs +1 of 2 went well/);
  assert.match(out, /^job-0abc123 +success +/m);
  const unknown = await provider("trust", SMALL);
  assert.match(unknown.out, /jobs +0 of 0 went well/);
});

Deno.test("a job that was passed on counts once for the provider that accepted it and failed", async () => {
  const { out } = await provider("trust", FAILING);
  assert.match(out, /score +0\.25: /);
  assert.match(out, /jobs +0 of 2 went well/);
  assert.match(out, /^job-8abc123 +passed on \(busy\) +badly/m);
  assert.match(out, /^job-9abc123 +error +badly/m);
  const list = await provider("list", "--kind", "5999");
  const [line] = list.out.split("\n").filter((each) => each.includes(FAILING.slice(0, 12)));
  assert.match(line, /0\/2 well/);
});

Deno.test("provider watch prints a line for each that is there, comes or changes, until it is stopped", async () => {
  const io = home.io();
  const stop = new AbortController();
  const watching = run(["provider", "watch", "--every", "1", "--network", "local"], {
    io,
    signal: stop.signal,
  });
  await io.until(SMALL.slice(0, 12));
  const fresh = tradedEvents(7, "fresh")[0];
  await home.relay.write(json(fresh));
  await io.until(fresh.pubkey.slice(0, 12));
  stop.abort();
  await watching;
  assert.match(io.out, new RegExp(`Z \\w+ ${LARGE.slice(0, 12)} large +from 0\\.10`, "m"));
});

for (
  const { args, says } of [
    { args: ["list", "--type", "no-such"], says: /there is no job type no-such.*--kind/s },
    { args: ["list", "--max-price", "21sat"], says: /--max-price must be in M2M/ },
    { args: ["list", "--kind", "65536"], says: /65535/ },
    { args: ["list", "--min-memory", "lots"], says: /lots/ },
    { args: ["show", `nsec1${"q".repeat(58)}`], says: /\(got a secret key\)/ },
    { args: ["show", "npub1qqqq"], says: /\(got npub1qqqq\)/ },
    { args: ["show", "../../etc"], says: /named by its public key/ },
    { args: ["trust", LARGE.slice(0, 8)], says: /may be any of .*give more digits/s },
  ]
) {
  Deno.test(`provider ${args.join(" ")} is refused with exit 2`, async () => {
    const { code, out, err } = await provider(...args);
    assert.equal(code, 2, err);
    assert.equal(out, "");
    assert.match(err, says);
    assert.ok(!err.includes("qqqqqqqq"), "no secret key is repeated");
  });
}

Deno.test("provider show names the relays that do not know a provider, also as a document", async () => {
  const text = await provider("show", "0".repeat(64));
  assert.equal(text.code, 1);
  assert.match(text.err, /no provider 0{64} announces itself on ws:\/\/127\.0\.0\.1/);
  const document = await provider("show", "0".repeat(64), "--output", "json");
  assert.equal(JSON.parse(document.out).error.code, "no_provider");
});

Deno.test("provider list names a relay that is away", async () => {
  const io = home.io();
  io.variables.CROSSTOWN_RELAY_URL = "ws://127.0.0.1:9";
  const { code, out, err } = await run(["provider", "list", "--network", "local"], { io });
  assert.deepEqual([code, out], [1, ""]);
  assert.match(err, /relay ws:\/\/127\.0\.0\.1:9\/ does not answer/);
});

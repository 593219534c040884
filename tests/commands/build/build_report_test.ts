import assert from "node:assert/strict";
import { showBuild } from "../../../commands/build/build_report.ts";
import type { Config } from "../../../config/config.ts";
import type { PrintedResult } from "../../../market/read_result.ts";
import { M2M } from "../../../protocols/ilp/asset.ts";
import { Output } from "../../../shell/output.ts";
import { eventIdOf, job } from "../../store/store_rows.ts";
import { MemoryIo } from "../memory_io.ts";

const DIGEST = `sha256:${"d".repeat(64)}`;

const PASSED = {
  event_id: "e",
  exit_code: 0,
  summary: "Build: SUCCESS | Tests: 3/3 passed",
  tests: { passed: 3, failed: 0, total: 3 },
  image: { name: "a", digest: DIGEST, size_bytes: 9, layers: [], storage_units: "57221" },
};

/** What `build` prints of these results, one for each platform; null: the job failed. */
async function built(
  results: readonly (PrintedResult | null)[],
  how: Partial<Parameters<typeof showBuild>[3]> = {},
): Promise<string> {
  const io = new MemoryIo();
  const rows = results.map((result, i) =>
    job({
      eventId: eventIdOf(`${i}abc123`),
      result: result === null ? null : new Uint8Array([i]),
      status: result === null ? "error" : "success",
      jobPaid: true,
      amountUnits: 100_000n,
      ...(result === null ? { errorCode: "failed", errorMessage: "no\x1b[2J\nsuch engine" } : {}),
    })
  );
  await showBuild(
    { io, output: new Output(io, { mode: "text", quiet: false, verbose: false }) },
    { readResult: (_kind, [at]) => Promise.resolve(results[at]!) },
    { profile: { asset: M2M } } as Config,
    {
      name: "hello:1",
      rows,
      platforms: ["linux/amd64", "linux/arm64"].slice(0, rows.length),
      gathered: null,
      file: null,
      loaded: null,
      ...how,
    },
  );
  return io.out;
}

Deno.test("build prints for each platform how it went, what it cost, and where the images are", async () => {
  const gathered = {
    digest: `sha256:${"1".repeat(64)}`,
    sizeBytes: 9,
    images: [{ statement: "one.json" }, { statement: "two.json" }],
  };
  const out = await built([PASSED, { ...PASSED, emulated: true }], {
    gathered: gathered as never,
    file: "hello.tar",
    loaded: "podman",
  });
  assert.match(out, /^linux\/amd64: Build: SUCCESS \| Tests: 3\/3 passed$/m);
  assert.match(out, /^linux\/arm64, emulated: Build: SUCCESS/m);
  assert.match(
    out,
    new RegExp(`^ {2}${DIGEST}, job-0abc123, 0\\.10 M2M \\(0\\.057221 M2M of it for`, "m"),
  );
  assert.match(out, /^hello:1: sha256:1{64}, each image as its provider signed it$/m);
  assert.match(out, /^ {2}written to hello\.tar: podman load -i/m);
  assert.match(out, /^ {2}loaded into podman$/m);
  assert.match(out, /^Build: SUCCESS \| Tests: 6\/6 passed\n$/m);
});

Deno.test("build prints the log of a failed build, and the reason of a failed job in one line without escapes", async () => {
  const failed = {
    event_id: "e",
    exit_code: 1,
    log: "step 2\x1b[2J\nno such file\n",
    summary: "Build: FAILED",
  };
  const out = await built([failed, null]);
  assert.match(
    out,
    /^step 2\\u001b\[2J\nno such file\n\nlinux\/amd64: Build: FAILED\n {2}no image, /,
  );
  assert.match(out, /^linux\/arm64: no\\u001b\[2J such engine \(failed\)$/m);
  assert.match(out, /^Build: FAILED\n$/m);
});

Deno.test("build says why images that were built make no archive", async () => {
  const gathered = { error: { code: "bad_image", message: "a layer\x1b[2J is missing" } };
  const out = await built([PASSED], { gathered: gathered as never, file: "hello.tar" });
  assert.match(out, /^hello:1: a layer\\u001b\[2J is missing \(bad_image\)$/m);
  assert.doesNotMatch(out, /written to/);
});

for (
  const { summaries, says } of [
    { summaries: ["Build: SUCCESS", "Build: SUCCESS"], says: "Build: SUCCESS" },
    {
      summaries: ["Build: SUCCESS | Tests: passed", "Build: SUCCESS | Tests: failed"],
      says: "Build: SUCCESS | Tests: failed",
    },
    {
      summaries: ["Build: SUCCESS | Tests: passed", "Build: SUCCESS"],
      says: "Build: SUCCESS | Tests: passed",
    },
  ]
) {
  Deno.test(`build sums ${summaries.join(" and ")} up`, async () => {
    const { tests: _, ...plain } = PASSED;
    const out = await built(summaries.map((summary) => ({ ...plain, summary })));
    assert.equal(out.trimEnd().split("\n").at(-1), says);
  });
}

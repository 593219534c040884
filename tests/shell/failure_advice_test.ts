import assert from "node:assert/strict";
import { BUYER_ADVICE, failureAdvice, PROVIDER_ADVICE } from "../../shell/failure_advice.ts";
import { parsed, wordsOf } from "../commands/command_lines.ts";
import { job } from "../store/store_rows.ts";

const ROOT = new URL("../../", import.meta.url);
const failed = (errorCode: string | null, status: "error" | "refused" | "timeout" = "error") =>
  job({ jobId: "job-1234567", status, errorCode });

Deno.test("failureAdvice() names the job's own id in a command that can be typed", () => {
  assert.equal(
    failureAdvice(failed("timeout")),
    "'crosstown job rerun job-1234567 --timeout SECONDS' gives it longer",
  );
  assert.equal(
    failureAdvice(job({ jobId: "job-1", status: "success", exitCode: 2 })),
    "'crosstown job logs job-1' shows its log",
  );
});

Deno.test("failureAdvice() has something for a code that nobody knows, and nothing for a job that did not fail", () => {
  for (const code of ["__proto__", "constructor", "\u001b[2J", "x".repeat(9_999), null]) {
    const advice = failureAdvice(failed(code));
    assert.equal(advice, failureAdvice(failed("no_such_code")));
    assert.match(advice!, /^'crosstown job logs job-1234567'/);
  }
  for (const status of ["success", "cancelled", "paid", "processing"] as const) {
    assert.equal(failureAdvice(job({ status, exitCode: 0, errorCode: null })), null, status);
  }
  assert.equal(
    failureAdvice(job({ role: "provider", status: "error", errorCode: "bad_input" })),
    null,
  );
  assert.match(
    failureAdvice(job({ role: "provider", status: "error", errorCode: "sandbox_required" }))!,
    /bubblewrap/,
  );
});

Deno.test("every command of an advice exists, with its flags", () => {
  for (const [code, advice] of Object.entries({ ...BUYER_ADVICE, ...PROVIDER_ADVICE })) {
    for (const [, line] of advice.matchAll(/'(crosstown [^']+)'/g)) {
      const typed = line.replaceAll("JOB", "job-1234567").replace(
        "submit --dry",
        "submit echo --dry",
      );
      assert.ok(parsed(wordsOf(typed)), `${code}: ${line}`);
    }
    assert.ok(!advice.endsWith("."), code);
  }
});

Deno.test("every code with which this program refuses a payment or a request has an advice", async () => {
  const source = async (path: string) => await Deno.readTextFile(new URL(path, ROOT));
  const [, faults] = /type AdmissionFault =([^;]+);/.exec(await source("market/admission.ts"))!;
  const codes = [...faults.matchAll(/"(\w+)"/g)].map(([, code]) => code);
  const { stdout } = await new Deno.Command("git", {
    args: ["grep", "-hoE", 'refusedHere\\([[:space:]]*"[a-z_]+"', "--", "money", "peers"],
    cwd: ROOT,
  }).output();
  codes.push(
    ...[...new TextDecoder().decode(stdout).matchAll(/"(\w+)"/g)].map(([, code]) => code),
  );
  assert.ok(codes.length > 20);
  // These describe the program's own use of a packet; a person sees the job's status.
  const inside = ["packet", "cancelled"];
  assert.deepEqual(
    [...new Set(codes)].filter((code) => !inside.includes(code) && !(code in BUYER_ADVICE)),
    [],
  );
});

/** The callback skills of this program: how they handle a provider's result, which may be anything. */
import assert from "node:assert/strict";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { ciStatus } from "../../skills/builtin/callbacks/ci_status.ts";
import { saveArtifacts } from "../../skills/builtin/callbacks/save_artifacts.ts";
import type { BuiltinSkill, SkillContext, SkillRequest } from "../../skills/skill.ts";

const BYTES = new TextEncoder().encode("the event as it came");
const eventOf = (content: string, kind = 6601, tags: readonly (readonly string[])[] = []) =>
  ({
    id: "1".repeat(64),
    pubkey: "2".repeat(64),
    kind,
    created_at: 1_800_000_000,
    tags,
    content,
  }) as unknown as NostrEvent;

async function run(
  make: (artifacts: string | null) => BuiltinSkill,
  artifacts: string | null,
  event: NostrEvent,
  jobId = "job-1",
) {
  const request = { jobId, event, bytes: BYTES, encoding: "toon" } as unknown as SkillRequest;
  return await make(artifacts).run(request, { clock: () => 5 } as unknown as SkillContext);
}

async function withFolder(work: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "callbacks-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function gzip(text: Uint8Array<ArrayBuffer>): Promise<string> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer()).toBase64();
}

const checks: readonly {
  readonly name: string;
  readonly content: string;
  readonly exitCode: number;
  readonly conclusion: string;
  readonly title: string;
}[] = [
  {
    name: "tests that passed",
    content: '{"exit_code":0,"tests":{"passed":4,"total":4},"log":"ok"}',
    exitCode: 0,
    conclusion: "success",
    title: "exit 0, 4/4 tests passed",
  },
  {
    name: "a command that failed",
    content: '{"exit_code":255}',
    exitCode: 255,
    conclusion: "failure",
    title: "exit 255",
  },
  {
    name: "a command that was stopped",
    content: '{"exit_code":124,"stopped_by":"timeout"}',
    exitCode: 124,
    conclusion: "timed_out",
    title: "exit 124",
  },
  {
    name: "an exit code that no process has",
    content: '{"exit_code":256}',
    exitCode: 1,
    conclusion: "failure",
    title: "exit 1",
  },
  {
    name: "an exit code below 0",
    content: '{"exit_code":-1}',
    exitCode: 1,
    conclusion: "failure",
    title: "exit 1",
  },
  {
    name: "an exit code that is an object",
    content: '{"exit_code":{"a":1}}',
    exitCode: 1,
    conclusion: "failure",
    title: "exit 1",
  },
  { name: "plain text", content: "hello", exitCode: 0, conclusion: "success", title: "exit 0" },
  { name: "a list", content: "[1]", exitCode: 0, conclusion: "success", title: "exit 0" },
];

for (const { name, content, exitCode, conclusion, title } of checks) {
  Deno.test(`ci-status makes a check run of ${name}`, async () => {
    await withFolder(async (folder) => {
      const outcome = await run(ciStatus, folder, eventOf(content));
      assert.equal(outcome.status, "success");
      assert.equal(await Deno.readTextFile(`${folder}/job-1/exit-code`), `${exitCode}\n`);
      const check = JSON.parse(await Deno.readTextFile(`${folder}/job-1/check-run.json`));
      assert.deepEqual([check.conclusion, check.output.title], [conclusion, title]);
      assert.equal(check.completed_at, "2027-01-15T08:00:00.000Z");
      assert.equal(check.external_id, "job-1");
    });
  });
}

Deno.test("ci-status makes a failure of feedback that says error, and nothing of other feedback", async () => {
  await withFolder(async (folder) => {
    for (const status of ["processing", "partial", "payment-required"]) {
      const outcome = await run(ciStatus, folder, eventOf("", 7000, [["status", status]]));
      assert.deepEqual([outcome.status, outcome.content], ["success", ""]);
      assert.deepEqual([...Deno.readDirSync(folder)], []);
    }
    const words = "x".repeat(500);
    await run(ciStatus, folder, eventOf("", 7000, [["status", "error", words]]));
    assert.equal(await Deno.readTextFile(`${folder}/job-1/exit-code`), "1\n");
    const check = JSON.parse(await Deno.readTextFile(`${folder}/job-1/check-run.json`));
    assert.equal(check.conclusion, "failure");
    assert.equal(check.output.title, `refused: ${"x".repeat(200)}`);
  });
});

Deno.test("ci-status keeps the end of a long log, and unzips one within bounds", async () => {
  await withFolder(async (folder) => {
    const textOf = async (document: object) => {
      await run(ciStatus, folder, eventOf(JSON.stringify(document)));
      const check = JSON.parse(await Deno.readTextFile(`${folder}/job-1/check-run.json`));
      return check.output.text as string;
    };
    assert.equal(await textOf({ log: `start${"y".repeat(60_000)}` }), "y".repeat(60_000));
    const zipped = (text: Uint8Array<ArrayBuffer>) => gzip(text).then((log) => ({ log_gzip: log }));
    assert.equal(await textOf(await zipped(new TextEncoder().encode("zipped"))), "zipped");
    const bomb = await zipped(new Uint8Array((64 << 20) + 1));
    assert.equal(await textOf(bomb), "the log unzips to more than 64 MiB");
    for (const bad of ["not base64!", "AAAA", ""]) {
      assert.equal(await textOf({ log_gzip: bad }), "the log cannot be unzipped");
    }
  });
});

Deno.test("save-artifacts keeps the event byte for byte, the result and its log, and nothing of feedback", async () => {
  await withFolder(async (folder) => {
    await run(saveArtifacts, folder, eventOf("", 7000, [["status", "error"]]));
    assert.deepEqual([...Deno.readDirSync(folder)], []);
    const outcome = await run(saveArtifacts, folder, eventOf('{"log":"said"}'));
    assert.equal(outcome.content, "event.toon result.json log.txt");
    assert.deepEqual(await Deno.readFile(`${folder}/job-1/event.toon`), BYTES);
    assert.equal(await Deno.readTextFile(`${folder}/job-1/log.txt`), "said");
    await run(saveArtifacts, folder, eventOf("plain"), "job-2");
    assert.equal(await Deno.readTextFile(`${folder}/job-2/result.txt`), "plain");
    assert.equal((await Deno.stat(`${folder}/job-2/result.txt`)).mode! & 0o777, 0o600);
  });
});

Deno.test("a callback writes into the job's own folder, and over no link", async () => {
  await withFolder(async (folder) => {
    await run(saveArtifacts, `${folder}/kept`, eventOf("a"), "../../job/x");
    assert.deepEqual([...Deno.readDirSync(`${folder}/kept`)].map(({ name }) => name), [
      "______job_x",
    ]);
    await Deno.writeTextFile(`${folder}/precious`, "mine");
    await Deno.mkdir(`${folder}/kept/job-1`);
    await Deno.symlink(`${folder}/precious`, `${folder}/kept/job-1/result.txt`);
    await Deno.symlink(`${folder}/precious`, `${folder}/kept/job-1/.event.toon.new`);
    await run(saveArtifacts, `${folder}/kept`, eventOf("theirs"));
    assert.equal(await Deno.readTextFile(`${folder}/precious`), "mine");
    assert.equal(await Deno.readTextFile(`${folder}/kept/job-1/result.txt`), "theirs");
  });
});

Deno.test("a callback that is bought as a job names the job that it is for", async () => {
  for (const make of [ciStatus, saveArtifacts]) {
    const outcome = await run(make, null, eventOf("a"));
    assert.deepEqual([outcome.status, outcome.errorCode], ["error", "not_a_callback"]);
    assert.match(outcome.content, /--callback/);
  }
});

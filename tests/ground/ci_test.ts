import assert from "node:assert/strict";

const script = new URL("../../.ci/run", import.meta.url);

interface Run {
  readonly name: string;
  /** Exit code of `deno task static`. */
  readonly staticCode?: number;
  /** What `deno task test` prints, and its exit code. */
  readonly printed: string;
  readonly testCode?: number;
  /** What it prints when it is run once more; its exit code is 0 then. */
  readonly again?: string;
  /** What a second run of the failed files prints, and its exit code. */
  readonly alone?: { readonly printed: string; readonly code: number };
  readonly expected: { readonly code: number; readonly last: string };
}

const FAILED = "./tests/a_test.ts => two ... inner step ... FAILED (1ms)\n" +
  "./tests/a_test.ts => two ... FAILED (due to 1 failed step) (1ms)\n\n ERRORS \n\n" +
  "FAILED | 9 passed | 1 failed (2 steps) | 3 ignored (3s)";

const runs: readonly Run[] = [
  {
    name: "sums the runs of one task",
    printed:
      "x ... ok (1ms)\nok | 12 passed (3 steps) | 0 failed | 2 ignored (5s)\nok | 4 passed | 0 failed (1s)",
    expected: { code: 0, last: "tests: 16 passed, 0 failed, 2 skipped" },
  },
  {
    name: "fails with the tests",
    printed: "FAILED | 9 passed | 1 failed (2 steps) | 3 ignored (3s)",
    testCode: 1,
    expected: { code: 1, last: "tests: 9 passed, 1 failed, 3 skipped" },
  },
  {
    name: "fails when the static part fails, though every test passes",
    staticCode: 1,
    printed: "ok | 5 passed | 0 failed (1s)",
    expected: { code: 1, last: "tests: 5 passed, 1 failed, 0 skipped" },
  },
  {
    name: "runs failed files once more by themselves, then the examples that did not run",
    printed: `./tests/a_test.ts => one ... ok (1ms)\n${FAILED}`,
    testCode: 1,
    alone: { printed: "ok | 3 passed | 0 failed (1s)", code: 0 },
    expected: { code: 0, last: "tests: 15 passed, 0 failed, 3 skipped" },
  },
  {
    name: "runs a failed file of a shared thread once more, and not its whole room",
    printed: FAILED.replaceAll("./tests/a_test.ts", "./tests/together/a.ts => ./tests/a_test.ts"),
    testCode: 1,
    alone: { printed: "ok | 3 passed | 0 failed (1s)", code: 0 },
    expected: { code: 0, last: "tests: 15 passed, 0 failed, 3 skipped" },
  },
  {
    name: "fails with a test that fails twice, though another one passes",
    printed: `./tests/b_test.ts => other ... FAILED (1ms)\n${
      FAILED.replace("| 1 failed", "| 2 failed")
    }`,
    testCode: 1,
    alone: { printed: "FAILED | 3 passed | 1 failed (1s)", code: 1 },
    expected: { code: 1, last: "tests: 10 passed, 1 failed, 3 skipped" },
  },
  {
    name: "gives no second run to a file whose findings depend on chance",
    printed: FAILED.replaceAll("a_test", "crash/a_test"),
    testCode: 1,
    alone: { printed: "ok | 3 passed | 0 failed (1s)", code: 0 },
    expected: { code: 1, last: "tests: 9 passed, 1 failed, 3 skipped" },
  },
  {
    name: "gives no second run if a failed test cannot be named",
    printed: FAILED.replace("| 1 failed", "| 2 failed"),
    testCode: 1,
    alone: { printed: "ok | 3 passed | 0 failed (1s)", code: 0 },
    expected: { code: 1, last: "tests: 9 passed, 2 failed, 3 skipped" },
  },
  {
    name: "fails with the static part after a second run that passed",
    staticCode: 1,
    printed: FAILED,
    testCode: 1,
    alone: { printed: "ok | 3 passed | 0 failed (1s)", code: 0 },
    expected: { code: 1, last: "tests: 15 passed, 1 failed, 3 skipped" },
  },
  {
    name: "fails when no test could even be loaded",
    printed: "error: Type checking failed.",
    testCode: 1,
    expected: { code: 1, last: "tests: 0 passed, 1 failed, 0 skipped" },
  },
  {
    name: "runs the tests once more when the runner broke down, and counts that run alone",
    printed: "x ... ok (1ms)\nDeno has panicked. This is a bug in Deno.",
    testCode: 101,
    again: "ok | 7 passed | 0 failed (1s)",
    expected: { code: 0, last: "tests: 7 passed, 0 failed, 0 skipped" },
  },
  {
    name: "fails when the runner breaks down twice",
    printed: "x ... ok (1ms)\nDeno has panicked. This is a bug in Deno.",
    testCode: 101,
    expected: { code: 1, last: "tests: 0 passed, 1 failed, 0 skipped" },
  },
  {
    name: "does not take a test's own words for the summary",
    printed:
      "  output: ok | 99 passed | 0 failed\n\u001b[32mok\u001b[0m | 1 passed | 0 failed (1ms)",
    expected: { code: 0, last: "tests: 1 passed, 0 failed, 0 skipped" },
  },
];

for (const { name, staticCode = 0, printed, testCode = 0, again, alone, expected } of runs) {
  Deno.test(`.ci/run ${name}`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "crosstown-ci-" });
    try {
      await Deno.mkdir(`${folder}/.ci`);
      await Deno.copyFile(script, `${folder}/.ci/run`);
      await Deno.writeTextFile(`${folder}/printed`, `${printed}\n`);
      await Deno.copyFile(new URL("../../deno.json", import.meta.url), `${folder}/deno.json`);
      await Deno.writeTextFile(`${folder}/alone`, `${alone?.printed}\n`);
      if (again !== undefined) await Deno.writeTextFile(`${folder}/again`, `${again}\n`);
      // Replaces the real program, so that a test of the script needs no test run; nothing is installed.
      await program(
        `${folder}/deno`,
        `case "$*" in
          --version) echo "deno 2.9.6 (stable)";;
          test\\ --doc*) echo "ok | 5 passed | 0 failed (1s)";;
          *a_test.ts*) cat "${folder}/alone"; exit ${alone?.code};;
          *static) exit ${staticCode};;
          *test)
            if [ -f "${folder}/ran" ] && [ -f "${folder}/again" ]; then cat "${folder}/again"; exit 0; fi
            touch "${folder}/ran"
            cat "${folder}/printed"; exit ${testCode};;
        esac`,
      );
      for (const tool of ["apt-get", "sudo", "bwrap", "c++"]) {
        await program(`${folder}/${tool}`, "exit 1");
      }
      const { code, stdout } = await new Deno.Command("bash", {
        args: [`${folder}/.ci/run`],
        env: { PATH: `${folder}:${Deno.env.get("PATH")}` },
        stdin: "null",
        stdout: "piped",
        stderr: "null",
      }).output();
      assert.deepEqual(
        { code, last: new TextDecoder().decode(stdout).trim().split("\n").at(-1) },
        expected,
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test(".ci/run stops tests that do not end, so that the runner names them", async () => {
  const { code, printed } = await runOf(
    `trap 'echo "pending: a test"; exit 130' INT; while :; do sleep 0.1; done`,
    { limitS: "1" },
  );
  assert.match(printed, /\npending: a test\nthe tests were stopped \d+ s after the start of/);
  assert.equal(code, 1);
});

Deno.test({
  name: ".ci/run gives tests no descriptor that it inherited, and reads itself to the end",
  ignore: Deno.build.os !== "linux",
}, async () => {
  const { code, printed } = await runOf(
    `echo "descriptors" $(ls /proc/$$/fd); echo "ok | 1 passed | 0 failed (1s)"`,
    { before: "exec 5</dev/null 20</dev/null 300</dev/null" },
  );
  const [, listed] = printed.match(/\ndescriptors ([\d ]+)\n/)!;
  const open = listed.split(" ");
  // The shell of the tests and `ls` have opened files of their own.
  assert.deepEqual([5, 20, 300].filter((each) => open.includes(`${each}`)), []);
  assert.ok(open.includes("1"));
  assert.deepEqual([code, printed.trim().split("\n").at(-1)], [
    0,
    "tests: 1 passed, 0 failed, 0 skipped",
  ]);
});

/** Runs the script with tests that are this text of `sh`. */
async function runOf(
  tests: string,
  { limitS = "5000", before = ":" }: { readonly limitS?: string; readonly before?: string },
): Promise<{ readonly code: number; readonly printed: string }> {
  const folder = await Deno.makeTempDir({ prefix: "crosstown-ci-" });
  try {
    await Deno.mkdir(`${folder}/.ci`);
    await Deno.copyFile(script, `${folder}/.ci/run`);
    await program(
      `${folder}/deno`,
      `case "$*" in
        --version) echo "deno 2.9.6 (stable)";;
        *test) ${tests};;
      esac`,
    );
    await program(`${folder}/apt-get`, "exit 1");
    const { code, stdout } = await new Deno.Command("bash", {
      args: ["-c", `${before}; exec bash "$0"`, `${folder}/.ci/run`],
      env: { PATH: `${folder}:${Deno.env.get("PATH")}`, CI_LIMIT_S: limitS },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).output();
    return { code, printed: new TextDecoder().decode(stdout) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function program(path: string, body: string): Promise<void> {
  await Deno.writeTextFile(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
}

/** Commands beside a daemon of another build: each names both versions and what to do, and none prints a stack. */
import assert from "node:assert/strict";
import { homePaths } from "../../config/paths.ts";
import { devLayout } from "../../network/dev/layout.ts";
import { VERSION } from "../../shell/version.ts";
import { devHome, type TestHome } from "./process.ts";

const COMMANDS = [
  ["job", "submit", "echo", "--input", "hi"],
  ["channel", "list"],
  ["mayor", "status"],
  ["mayor", "up", "--detach"],
  ["mayor", "pause"],
  ["mayor", "attach", "--lines"],
  ["web"],
];

/** Serves the socket as another build does, until it is told to stop. */
async function servedAs(home: TestHome, socket: string, status: object) {
  await Deno.mkdir(socket.slice(0, socket.lastIndexOf("/")), { recursive: true, mode: 0o700 });
  const daemon = home.start([socket, JSON.stringify(status)], {
    program: "tests/e2e/served_build.ts",
    timeoutMs: 600_000,
  });
  await daemon.seen(/serves/);
  return daemon;
}

Deno.test("a command beside a daemon or a dev network of another build names both versions and says what to do", async (t) => {
  await using home = await devHome();
  await home.json(["job", "submit", "echo", "--input", "hi", "--wait"]);
  const { controlSocket } = homePaths(home.path, "mayor-001");

  for (
    const [build, role, told] of [
      [{ version: "0.0.1" }, "mayor", "crosstown 0.0.1"],
      [{ version: "99.0.0", commit: "aaaaaaaaaaaa" }, "mayor", /crosstown 99.0.0 \(commit a{12}\)/],
      [{}, "mayor", "an earlier crosstown that does not say its version"],
    ] as const
  ) {
    await t.step(`${JSON.stringify(build)}`, async () => {
      const status = { role, pid: 1, network: "dev", ...build };
      const daemon = await servedAs(home, controlSocket, status);
      try {
        for (const command of COMMANDS) {
          const { error } = await home.json(command, { code: 1 });
          assert.equal(error.code, "other_version", command.join(" "));
          assert.match(error.message, new RegExp(typeof told === "string" ? told : told.source));
          assert.match(error.message, new RegExp(`this command is crosstown ${VERSION}`));
          assert.match(
            error.suggestion,
            /'crosstown mayor down', then 'crosstown mayor up --detach'/,
          );
        }
        const { code, stderr } = await home.run(COMMANDS[0]);
        assert.equal(code, 1);
        assert.doesNotMatch(stderr, /\n\s+at /, "no stack");
        const { checks } = await home.json(["doctor", "--daemon"], { code: 1 });
        assert.match(checks[0].message, /this command is crosstown/);
        // What only reads the store of this version still works.
        assert.equal((await home.json(["job", "list"])).jobs.length, 1);
        await home.json(["mayor", "down"]);
      } finally {
        daemon.kill("SIGKILL");
        await daemon.ended;
      }
    });
  }

  await t.step("the network", async () => {
    await home.json(["dev", "down"]);
    const daemon = await servedAs(home, devLayout(home.path).controlSocket, { version: "0.0.1" });
    try {
      for (const command of [["dev", "status"], ["dev", "balances"], ["dev", "advance", "1d"]]) {
        const { error } = await home.json(command, { code: 1 });
        assert.equal(error.code, "other_version");
        assert.match(error.suggestion, /'crosstown dev down', then 'crosstown dev up --detach'/);
      }
      await home.json(["dev", "down"]);
    } finally {
      daemon.kill("SIGKILL");
      await daemon.ended;
    }
  });
});

/**
 * The official conformance suite against `crosstown mcp --http`. It runs on Deno, because it needs a newer Node than the
 * other suites.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { start } from "../../e2e/process.ts";
import { missingPackages } from "../npm_packages.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const SUITE = `${HERE}node_modules/@modelcontextprotocol/conformance/dist/index.js`;
/** The tests of the suite that do not need its own example server. */
const APPLICABLE = [
  "server-initialize",
  "logging-set-level",
  "ping",
  "tools-list",
  "server-sse-multiple-streams",
  "resources-list",
  "prompts-list",
  "dns-rebinding-protection",
];

async function suite(args: readonly string[]) {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", SUITE, ...args],
    cwd: await Deno.makeTempDir(),
    stdout: "piped",
    stderr: "piped",
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { success, out: `${out}${err}` };
}

const missing = await missingPackages({
  folder: HERE,
  loads: () => suite(["--help"]).then(({ success }) => success, () => false),
});

Deno.test({
  name: `crosstown mcp --http passes the official conformance suite${
    missing ? ` (${missing})` : ""
  }`,
  ignore: missing !== null,
  async fn() {
    const home = await Deno.makeTempDir();
    const server = start(["mcp", "--http", "127.0.0.1:0", "--output", "json"], {
      home,
      env: { GASTOWN_CROSSTOWN_RELAY_URL: "ws://127.0.0.1:9" },
    });
    try {
      const [, url] = await server.seen(/"url":"([^"]+)"/);
      const { success, out } = await suite([
        ...["server", "--url", url],
        ...["--expected-failures", `${HERE}fixtures_of_the_suite.yaml`],
      ]);
      for (const name of APPLICABLE) {
        assert.match(out, new RegExp(`✓ ${name}: \\d+ passed, 0 failed`));
      }
      assert.ok(success, out.slice(-4_000));
      // Without the token the server does not answer, and a page of another origin gets nothing even with it.
      const bare = url.replace(/[0-9a-f]{32}/, "0".repeat(32));
      assert.equal((await fetch(bare, { method: "POST" })).status, 404);
      const foreign = await fetch(url, {
        method: "POST",
        headers: { origin: "https://evil.test" },
      });
      assert.equal(foreign.status, 403);
      await Promise.all(
        [bare, foreign].map((each) => each instanceof Response && each.body?.cancel()),
      );
    } finally {
      server.kill("SIGTERM");
      await server.ended;
    }
  },
});

/** `crosstown node up` on a pseudo-terminal: the dashboard over the provider that it holds. */
import assert from "node:assert/strict";
import { type Document, testHome, until } from "../process.ts";
import { HAS_TERMINAL, played } from "../terminal.ts";
import { home } from "./one_home.ts";

Deno.test({
  name:
    "node up opens the dashboard on a terminal; q closes it and the provider goes on, Ctrl-C stops it, and --plain shows none (needs 'script')",
  ignore: !HAS_TERMINAL,
  async fn() {
    await using own = await testHome();
    const node = ["node", "up", "--network", "dev", "--home", own.path];
    const status = (code: number): Promise<Document> =>
      home.json(["node", "status", "--network", "dev", "--home", own.path], { code });
    let left: Document;

    const viewed = await played(node, [
      { seen: /SELLS .*ci-run.*0 running, 0 waiting/ },
      { seen: /q leave {2}Ctrl-C stop the node/, keys: "?" },
      { seen: /until Ctrl-C.*\s.*Ctrl-C\s+leave, and stop the daemon/, keys: "\x1b" },
      { seen: /q leave {2}Ctrl-C stop the node/, keys: "q" },
      {
        seen: /The node goes on in this terminal\. Ctrl-C stops it; 'crosstown node attach'/,
        beside: async () => {
          left = await status(0);
          await home.run(["node", "down", "--network", "dev", "--home", own.path]);
        },
      },
    ], { home: home.path });
    assert.equal(viewed.code, 0, viewed.shown);
    assert.equal(left!.state, "up");

    // Ctrl-C in the dashboard is a key, and stops the provider as without a dashboard.
    const stopped = await played(node, [
      { seen: /q leave {2}Ctrl-C stop the node/, keys: "\x03" },
      { seen: /Stopping the node/ },
    ], { home: home.path });
    assert.equal(stopped.code, 0, stopped.shown);
    assert.equal((await status(1)).error.code, "not_up");

    // A provider that another command stops closes the dashboard.
    const ended = await played(node, [{
      seen: /q leave {2}Ctrl-C stop the node/,
      beside: () => home.run(["node", "down", "--network", "dev", "--home", own.path]),
    }], { home: home.path });
    assert.equal(ended.code, 0, ended.shown);
    assert.doesNotMatch(ended.shown, /goes on in this terminal/);

    const plain = await played([...node, "--plain"], [{
      seen: /sandbox/,
      beside: async () => {
        await until("the provider", async () => (await status(0)).state === "up");
        await home.run(["node", "down", "--network", "dev", "--home", own.path]);
      },
    }], { home: home.path });
    assert.equal(plain.code, 0, plain.shown);
    assert.doesNotMatch(plain.shown, /q leave/);
  },
});

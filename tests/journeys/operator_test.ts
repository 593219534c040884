/**
 * The operator's journey on a pseudo-terminal: a wallet, tokens from the faucet, `mayor attach`, a channel that opens
 * by itself, a job from its request to the channel's remaining balance, its log, an export of the payments, and the
 * tokens back in the account.
 */
import assert from "node:assert/strict";
import { devHome, type Document, testHome, until } from "../e2e/process.ts";
import { HAS_TERMINAL, played } from "../e2e/terminal.ts";
import { noBuilder } from "../skills/image_build/builder_machine.ts";

const HELLO = new URL("../../fixtures/projects/hello", import.meta.url).pathname;
const GREETING = new URL("../../fixtures/projects/greeting/", import.meta.url).pathname;
const ARCH = Deno.build.arch === "aarch64" ? "arm64" : "amd64";
/** The end of the log of either job. */
const LOG_END = /ok \| \d+ passed|\d+ passed|Hello from an image/;
/** Below the price of the network's own provider; its name is what the dashboard calls it. */
const CONFIG = '[node]\nprice_units = 90000\nname = "Mayor-Beta"\n';

Deno.test({
  name:
    "an operator sees a job from its post to what the channel has left, reads its log, exports the payments, and withdraws (needs 'script')",
  ignore: !HAS_TERMINAL,
  async fn() {
    await using home = await devHome();
    await using other = await testHome();
    await Deno.writeTextFile(`${other.path}/crosstown.toml`, CONFIG);
    await using _node = {
      async [Symbol.asyncDispose]() {
        await home.run(["node", "down", "--network", "dev", "--home", other.path]);
      },
    };
    const provider = (...args: string[]): Promise<Document> =>
      home.json([...args, "--network", "dev", "--home", other.path]);
    const { pubkey } = await provider("node", "up", "--detach");

    // A wallet, with 100 M2M more and gas.
    const { address } = await home.json(["wallet", "show"]);
    assert.match(address, /^0x[0-9a-f]{40}$/i);
    const poor = await home.json(["wallet", "balance"]);
    await home.json(["wallet", "faucet", "100", "--yes"]);
    const before = await home.json(["wallet", "balance"]);
    assert.equal(BigInt(before.token_units) - BigInt(poor.token_units), 100_000_000n);
    assert.ok(BigInt(before.gas_wei) > 0n, JSON.stringify(before));
    assert.deepEqual((await home.json(["channel", "list"])).channels, []);

    // The job builds an image if the machine can; otherwise it is a test run with the same messages.
    const [type, input, ...params] = noBuilder.ignore
      ? ["ci-run", GREETING, "--param", "command=sh test.sh"]
      : [`docker-build-${ARCH}`, HELLO, "--param", 'test=["/hello","test"]'];
    let job: Document;
    const { code, shown } = await played(["mayor", "attach"], [
      {
        seen: /none; the first payment opens one/,
        beside: async () => {
          job = await home.json([
            ...["job", "submit", type, "--input", input, ...params],
            ...["--provider", pubkey, "--wait"],
          ]);
        },
      },
      // The channel opens automatically, with half of the faucet's tokens.
      { seen: /Channel ch_[0-9a-f]{8} open \(50\.00 M2M\)/ },
      { seen: new RegExp(`Posted job-[0-9a-f]{7}: ${type} \\(\\d+ bytes, 0\\.\\d+ M2M\\)`) },
      { seen: /Waiting for result\.\.\./ },
      { seen: /Received result for job-[0-9a-f]{7} from Mayor-Beta \([0-9a-f]{8}\.\.\.\)/ },
      { seen: /Build: SUCCESS \| Tests: \d+\/\d+ passed/ },
      { seen: /Payment Channel: 49\.\d+ M2M remaining/, keys: "l" },
      { seen: LOG_END, keys: "\x1b" },
      { seen: /Enter open/, keys: "q" },
    ], { home: home.path });
    assert.equal(code, 0, shown);
    assert.match(shown, /TESTNET dev: tokens are worth nothing/);
    assert.deepEqual([job.status, job.provider], ["success", pubkey]);

    // The remaining balance is the same everywhere: on the screen, in the channel list and in the export.
    const [channel] = (await home.json(["channel", "list"])).channels;
    assert.equal(channel.deposit_units, "50000000");
    const left = BigInt(channel.deposit_units) - BigInt(channel.signed_units);
    const [, onScreen] = /Payment Channel: ([\d.]+) M2M remaining/.exec(shown)!;
    assert.equal(BigInt(Math.round(Number(onScreen) * 1e6)), left);
    const file = `${home.path}/payments.csv`;
    await home.json(["mayor", "export-payments", "--format", "csv", "--to", file]);
    const [head, ...rows] = (await Deno.readTextFile(file)).trimEnd().split("\n");
    const columns = head.split(",");
    const paid = rows.map((row) => row.split(","))
      .filter((cells) => cells[columns.indexOf("outcome")] === "fulfilled")
      .reduce((sum, cells) => sum + BigInt(cells[columns.indexOf("amount_units")]), 0n);
    assert.equal(paid, BigInt(channel.signed_units));
    assert.equal(String(paid), job.paid_units);

    // The daemon went on; it is stopped, the channel closed, and the rest is withdrawn.
    await home.json(["mayor", "down"]);
    await home.json(["channel", "close", channel.channel_id, "--yes"]);
    await until("the connector's claim", async () => {
      const { claimed_units } = await home.json(["channel", "show", channel.channel_id]);
      return claimed_units === channel.signed_units;
    });
    await home.json(["dev", "advance", "1d"]);
    await home.json(["channel", "settle", channel.channel_id, "--yes"]);
    const after = await home.json(["wallet", "balance"]);
    assert.equal(BigInt(before.token_units) - BigInt(after.token_units), paid);
    const { address: savings } = await provider("wallet", "show");
    await home.json(["wallet", "send", savings, "10", "--yes"]);
    const last = await home.json(["wallet", "balance"]);
    assert.equal(BigInt(after.token_units) - BigInt(last.token_units), 10_000_000n);
  },
});

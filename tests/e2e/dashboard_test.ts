/** The dashboard on a real pseudo-terminal, while a real job runs on its own network. */
import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { devHome } from "./process.ts";
import { HAS_TERMINAL, typed } from "./terminal.ts";

Deno.test({
  name:
    "mayor attach starts the daemon, shows a job from its post to what the channel has left, and leaves it up; provider list knows who did it (needs 'script')",
  ignore: !HAS_TERMINAL,
  async fn() {
    await using home = await devHome();
    let submitted = false;
    const { code, shown: screen } = await typed(["mayor", "attach"], ["q"], {
      home: home.path,
      question: /Payment Channel: [\d.]+ M2M remaining/,
      async onShown(text) {
        if (submitted || !text.includes("CHANNELS")) return;
        submitted = true;
        await home.json(["job", "submit", "echo", "--input", "hello", "--wait"]);
      },
    });
    assert.equal(code, 0, screen);
    const text = stripVTControlCharacters(screen);
    assert.match(text, /TESTNET dev: tokens are worth nothing/);
    assert.match(text, /Posted job-[0-9a-f]{7}: echo \(\d+ bytes, 0\.\d+ M2M\)/);
    assert.match(text, /Waiting for result\.\.\./);
    assert.match(
      text,
      /Received result for job-[0-9a-f]{7} from (dev provider \()?[0-9a-f]{8}\.\.\./,
    );
    assert.ok(screen.trimEnd().endsWith("\x1b[?25h\x1b[?1049l"), "the terminal is as it was");
    assert.equal((await home.json(["mayor", "status"])).state, "up");

    const lines = home.start(["mayor", "attach", "--output", "json"]);
    await lines.seen(/^\{"schema":"home-line\/1","at":"[^"]+","text":"Channel ch_[0-9a-f]{8} /m);
    lines.kill("SIGTERM");
    assert.equal((await lines.ended).code, 143);

    const { providers } = await home.json(["provider", "list", "--type", "echo"]);
    assert.deepEqual(providers.map(({ pubkey }: { pubkey: string }) => pubkey), [
      home.network.provider,
    ]);
    assert.equal(providers[0].state, "serving");
    assert.deepEqual([providers[0].history.jobs, providers[0].history.succeeded], [1, 1]);
    const shown = await home.json(["provider", "show", home.network.provider.slice(0, 8)]);
    assert.equal(shown.ilp_address, "test.dev.provider");
    const stats = await home.json(["stats", "--window", "10m"]);
    assert.equal(stats.market_error, null);
    const { market, own } = stats;
    assert.deepEqual(
      [market.online_providers, market.jobs, market.success_share, market.toon_share],
      [1, 1, 1, 0],
    );
    assert.deepEqual([own.bought.jobs, own.bought.success_share], [1, 1]);
    assert.equal(own.paid_units, (await home.json(["payments", "stats"])).paid_units);
    assert.ok(market.prices.some(({ type }: { type: string }) => type === "echo"));
    const job = (await home.json(["job", "list"])).jobs[0].job_id;
    const watched = await home.run(["job", "watch", job]);
    assert.deepEqual([watched.code, JSON.parse(watched.stdout).status], [0, "success"]);
    await home.json(["mayor", "down"]);
    await home.json(["dev", "down"]);
    const away = await home.json(["stats"], { code: 0 });
    assert.equal(away.market, null);
    assert.equal(away.own.bought.jobs, 1);
  },
});

/** A thousand bots that ask a provider for quotes without end, while a buyer pays it in increments. */
import assert from "node:assert/strict";
import { parse } from "smol-toml";
import { systemTimers } from "../../base/timers.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import { interledgerWire } from "../../protocols/wires/interledger/wire.ts";
import { freePackets } from "../../peers/connector/free_packets.ts";
import { devHome, type Document, until } from "../e2e/process.ts";
import { by, nowS } from "./hostile_events.ts";

const BOTS = 1_000;
/** A connector takes five packets a second from each session, and the provider 64 a second of all strangers. */
const SESSIONS = 40;
/** The buyer's. One alone may get the place that a stranger left. */
const QUESTIONS = 5;
/** The loop ends by itself also if the test hangs. */
const MOST_ROUNDS = 1_000;
const COMMAND = "i=0; while [ $i -lt 44 ]; do sleep 0.5; i=$((i + 1)); done; echo done";

Deno.test("a thousand bots that ask for quotes keep no buyer from paying the increments of its job, and none that paid before from a quote", async () => {
  await using home = await devHome({ mayor: true });
  const project = await Deno.makeTempDir();
  await Deno.writeTextFile(`${project}/a.txt`, "a\n");
  const profile = parse(await Deno.readTextFile(`${home.path}/dev/profile.toml`)) as Document;
  const [provider]: Document[] = (await home.json(["provider", "list"])).providers;
  // The provider knows a buyer that has paid.
  await home.json(["job", "submit", "echo", "--input", "first", "--wait"]);

  const stop = new AbortController();
  const counts = { asked: 0, quotes: 0, refused: 0 };
  const requestOf = (bot: number) => {
    const key = new Uint8Array(32).fill(1);
    new DataView(key.buffer).setUint32(0, bot + 1);
    const tags = [["i", "hi", "text"], ["p", provider.pubkey], ["expiration", `${nowS() + 600}`]];
    return encodeToon(by(key, { kind: 5600, tags }), "1.4");
  };
  const requests = Array.from({ length: BOTS }, (_, bot) => requestOf(bot));
  const session = async (first: number) => {
    using packets = freePackets({
      connectorBtp: profile.connector_btp,
      auth: profile.connector_auth,
      wire: interledgerWire,
    }, { timers: systemTimers, random: Math.random, log: () => {} });
    for (let round = 0; round < MOST_ROUNDS && !stop.signal.aborted; round++) {
      const data = requests[(first + round * SESSIONS) % BOTS];
      const packet = { destination: provider.ilp_address, data, condition: new Uint8Array(32) };
      counts.asked++;
      await packets.send(packet, stop.signal).then(
        () => counts.quotes++,
        () => counts.refused++,
      );
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  };
  const bots = Array.from({ length: SESSIONS }, (_, first) => session(first));
  try {
    const job: Document = await home.json([
      ...["job", "submit", "ci-run", "--input", project, "--param", `command=${COMMAND}`],
      ...["--payment", "metered", "--bid", "1", "--wait"],
    ]);
    assert.equal(job.status, "success");
    assert.ok(job.payment.increments > 1, `${job.payment.increments} increments`);
    // On a slow machine the job ends before each bot has asked.
    await until("a question of each bot", () => Promise.resolve(counts.asked > BOTS));
    for (let question = 0; question < QUESTIONS; question++) {
      const quoted: Document = await home.json(["job", "quote", "echo", "--input", `${question}`]);
      assert.equal(quoted.quotes.length, 1, JSON.stringify(quoted));
    }
  } finally {
    stop.abort();
    await Promise.all(bots);
    await Deno.remove(project, { recursive: true });
  }
  const said = JSON.stringify(counts);
  assert.ok(counts.asked > BOTS && counts.quotes > 0, said);
  // How many depends on the speed of the machine.
  assert.ok(counts.refused > 0, said);
});

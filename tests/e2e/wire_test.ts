import { WIRE_NAMES } from "../../protocols/wires/names.ts";
import assert from "node:assert/strict";
import WebSocket from "ws";
import { decodeDocument } from "../../protocols/toon/decode.ts";
import { processesOf } from "./alive.ts";
import { json, testHome, until, untilNone } from "./process.ts";

type WireName = (typeof WIRE_NAMES)[number];

// On the other wire, which is the default one, demo_test.ts runs it.
Deno.test("demo --wire crosstown buys one whole job, and leaves nothing behind", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ct-" });
  try {
    const document = await json(["demo", "--wire", "crosstown"], { env: { TMPDIR: folder } });
    assert.equal(document.ok, true);
    assert.equal(document.result.exit_code, 0);
    const { write_units: write, job_units: job } = document.paid;
    assert.equal(document.balances.buyer.spent_units, String(BigInt(write) + BigInt(job)));
    assert.equal(document.balances.provider.earned_units, job);
    const names = document.steps.map(({ name }: { name: string }) => name);
    for (const name of ["write_fulfill", "posted", "job_fulfill", "verified"]) {
      assert.ok(names.includes(name), `${name} among ${names}`);
    }
    assert.deepEqual(await untilNone(() => processesOf(folder)), []);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** The accounts that signed in at the connector and their wires, from the network's log. */
async function signIns(home: string): Promise<Set<string>> {
  const log = await Deno.readTextFile(`${home}/dev/dev.log`);
  const lines = log.split("\n").filter((line) => line.includes("peer signed in"));
  return new Set(lines.map((line) => {
    const value = (name: string) => new RegExp(` ${name}="?(\\w+)`).exec(line)?.[1];
    return `${value("username")} ${value("wire")}`;
  }));
}

/** The third elements of all the events that a relay has. */
function stored(url: string): Promise<unknown[]> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  const found: unknown[] = [];
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("open", () => socket.send('["REQ","all",{}]'));
    socket.on("message", (data) => {
      const [type, , event] = JSON.parse(String(data));
      if (type === "EVENT") found.push(event);
      if (type !== "EOSE") return;
      socket.once("close", () => resolve(found));
      socket.close();
    });
  });
}

for (const provider of WIRE_NAMES) {
  const buyer: WireName = provider === "crosstown" ? "interledger" : "crosstown";
  Deno.test(`a buyer on ${buyer} and a provider on ${provider} trade at one connector`, async () => {
    await using home = await testHome();
    const network = await home.json(["dev", "up", "--detach", "--wire", provider]);
    const profile = `${home.path}/dev/profile.toml`;
    const text = await Deno.readTextFile(profile);
    assert.match(text, new RegExp(`^wire = "${provider}"$`, "m"));
    await Deno.writeTextFile(
      profile,
      text.replace(`wire = "${provider}"`, `wire = "${buyer}"`),
    );
    const document = await home.json(["job", "submit", "echo", "--input", "over there", "--wait"]);
    assert.equal(document.status, "success", JSON.stringify(document));
    const sessions = async (): Promise<string[]> => {
      const { connector } = await home.json(["dev", "status"]);
      return connector.sessions.map((session: { username: string; wire: string }) =>
        `${session.username} ${session.wire}`
      );
    };
    // The connector hears of the end of the buyer's command after that.
    await until("the end of the buyer's session", async () => (await sessions()).length === 1);
    assert.deepEqual(await sessions(), [`provider ${provider}`]);
    assert.deepEqual(
      await signIns(home.path),
      new Set([`provider ${provider}`, `buyer ${buyer}`]),
    );
    const events = await stored(network.relay_url);
    assert.ok(events.length >= 3, `${events.length} events`);
    for (const event of events) {
      if (provider === "interledger") assert.equal(typeof event, "object");
      else {
        assert.ok(typeof event === "string");
        assert.equal(decodeDocument(new TextEncoder().encode(event)).encoding, "toon");
      }
    }
    const doctor = await home.run(["doctor", "--output", "json"]);
    assert.match(doctor.stdout, /lets us in/);
  });
}

Deno.test("dev up and demo refuse an unknown wire with exit 2", async () => {
  await using home = await testHome();
  for (const command of [["dev", "up"], ["demo"]]) {
    const { code, stderr } = await home.run([...command, "--wire", "morse"]);
    assert.equal(code, 2);
    assert.match(stderr, /interledger, crosstown/);
  }
});

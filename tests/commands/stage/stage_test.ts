import assert from "node:assert/strict";
import { decodeDocument } from "../../../protocols/toon/decode.ts";
import { temporaryFolder } from "../../skills/machine.ts";
import { MemoryIo, run } from "../memory_io.ts";
import { emptyRelay } from "../peers.ts";

const FIXTURES = new URL("../../../fixtures/", import.meta.url).pathname;
const JOB = `${FIXTURES}toon/job_5050.toon`;

/** Runs `stage ARGS` on a home with a key, on a network that writes to its relay without a payment. */
async function stages(folder: string, relayUrl = "ws://127.0.0.1:9") {
  const home = `${folder}/home`;
  await Deno.mkdir(home, { mode: 0o700 });
  await Deno.writeTextFile(
    `${home}/crosstown.toml`,
    `[networks.local]\nrelay_url = "${relayUrl}"\nwrite = "nostr"\n`,
    { mode: 0o600 },
  );
  return (args: readonly string[], stdin = "") => {
    const io = new MemoryIo();
    io.stdin = new Blob([stdin]).stream();
    io.variables = {
      HOME: folder,
      PATH: Deno.env.get("PATH")!,
      GASTOWN_HOME: home,
      GASTOWN_WALLET_PRIVATE_KEY: "1".repeat(64),
      GASTOWN_ALLOW_UNENCRYPTED_KEYS: "true",
    };
    return run(["stage", ...args, "--network", "local"], { io });
  };
}

const PUBKEY = "4f355bdcb7cc0af728ef3cceb9615d90684bb5b2ca5f859ab0f0b704075871aa";

Deno.test("stage job-source, event-signer, toon-encoder and event-verifier make the home's own signed request", async () => {
  await using at = await temporaryFolder();
  const stage = await stages(at.path);
  const made = await stage(["job-source", "--type", "echo", "--input", "hi"]);
  assert.equal(made.code, 0, made.err);
  const signed = await stage(["event-signer"], made.out);
  const encoded = await stage(["toon-encoder", "--price", "7"], signed.out);
  const bytes = encoded.out.slice(encoded.out.indexOf("\n") + 1, -1);
  const decoded = decodeDocument(new TextEncoder().encode(bytes));
  const event = decoded.event as Record<string, unknown>;
  assert.equal(event.pubkey, PUBKEY);
  assert.equal(event.kind, 5600);
  assert.match(encoded.out, new RegExp(`write_price_units=%3${7 * bytes.length}\\b`));
  const verified = await stage(["event-verifier", "--output", "json"], encoded.out);
  assert.equal(JSON.parse(verified.out).id, event.id, verified.err);
});

Deno.test("stage job-source takes the public key that it is given, and opens no wallet", async () => {
  await using at = await temporaryFolder();
  const stage = await stages(at.path);
  const pubkey = "a".repeat(64);
  const args = ["job-source", "--kind", "5999", "--type", "other", "--input", "hi"];
  const { out } = await stage([...args, "--pubkey", pubkey]);
  assert.equal(JSON.parse(out.slice(out.indexOf("\n") + 1)).pubkey, pubkey);
  assert.deepEqual([...Deno.readDirSync(`${at.path}/home`)].map(({ name }) => name), [
    "crosstown.toml",
  ]);
});

Deno.test("stage correlator routes a request by the provider's kinds", async () => {
  await using at = await temporaryFolder();
  const stage = await stages(at.path);
  const events = await stage(["event-verifier"], (await stage(["kind-extractor", JOB])).out);
  const routed = async (kinds: string) => {
    const args = ["correlator", "--role", "provider", "--pubkey", "a".repeat(64)];
    const { out, err } = await stage(
      [...args, "--kinds", kinds, "--price", "5", "--output", "json"],
      events.out,
    );
    assert.equal(err, "");
    return JSON.parse(out);
  };
  const [served, other] = [await routed("5050"), await routed("5600, 5601")];
  assert.notDeepEqual(served, other);
});

Deno.test("stage relay-source ends with --once after the stored events", async () => {
  await using relay = await emptyRelay({});
  await using at = await temporaryFolder();
  const stage = await stages(at.path, `ws://127.0.0.1:${relay.port}`);
  const args = ["--kinds", "5050", "--author", "a".repeat(64), "--since", "1", "--once"];
  assert.deepEqual(await stage(["relay-source", ...args]), { code: 0, out: "", err: "" });
});

Deno.test("stage accepted-source, prepare-sink and skill-sink open the home one after the other, and free it", async () => {
  await using at = await temporaryFolder();
  const stage = await stages(at.path);
  for (const name of ["accepted-source", "prepare-sink", "skill-sink"]) {
    const { code, err } = await stage([name, "--output", "json"]);
    assert.equal(code, 0, `${name}: ${err}`);
  }
});

for (
  const { name, args, says } of [
    { name: "a stage that is none", args: ["constructor"], says: /there is no stage constructor/ },
    { name: "no type", args: ["job-source"], says: /--type is missing/ },
    {
      name: "an unknown type",
      args: ["job-source", "--type", "x\x1b[2J"],
      says: /unknown job type "x\\u001b\[2J"/,
    },
    {
      name: "a kind that is no number",
      args: ["relay-source", "--kinds", "5050x"],
      says: /--kinds must be numbers from 0 to 65535 .* \(got 5050x\)/,
    },
    {
      name: "a kind above 65535",
      args: ["correlator", "--role", "provider", "--kinds", "5050,65536"],
      says: /--kinds must be numbers/,
    },
  ]
) {
  Deno.test(`stage refuses ${name} with exit 2`, async () => {
    await using at = await temporaryFolder();
    const { code, out, err } = await (await stages(at.path))(args);
    assert.equal(code, 2, err);
    assert.equal(out, "");
    assert.match(err, says);
  });
}

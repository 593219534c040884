/**
 * The skill author's journey: adds `encrypted-dm` for kind 1059, tests it on `fixtures/toon/kind1059_encrypted_dm.toon` (content
 * `Analyze this private repo`), registers it by dropping a folder, and sees a real gift wrap routed to it and answered.
 */
import assert from "node:assert/strict";
import {
  type EventTemplate,
  finalizeEvent,
  generateSecretKey,
  getPublicKey,
  type NostrEvent,
} from "nostr-tools/pure";
import { unwrapEvent, wrapEvent } from "nostr-tools/nip59";
import { Relay } from "nostr-tools/relay";
import { fixtureKey } from "../../fixtures/fixture_events.ts";
import { devHome, type TestHome, testHome, until } from "../e2e/process.ts";

let home: Awaited<ReturnType<typeof devHome>>;
let author: TestHome;
Deno.test.beforeAll(async () => {
  [home, author] = await Promise.all([devHome(), testHome()]);
});
Deno.test.afterAll(async () => {
  try {
    await home.run(["node", "down", "--home", author.path]);
    await author[Symbol.asyncDispose]();
  } finally {
    await home[Symbol.asyncDispose]();
  }
});

/** The commands of the guide's second block, with the folder of this test. */
async function guide(): Promise<string[][]> {
  const text = await Deno.readTextFile(new URL("../../docs/skills.md", import.meta.url));
  const block = /<!-- guide-private -->\n+```\n([^]*?)```/.exec(text)![1];
  return block.split("\n").flatMap((line) => line.replace(/ +#.*$/, "").split(" | "))
    .filter((line) => line.startsWith("crosstown "))
    .map((line) => line.replaceAll("~/try", author.path).split(/ +/).slice(1));
}

Deno.test("a skill for private messages, from the guide to a wrap of a foreign client that is answered wrapped", async () => {
  const [made, tested, approved, up, encode, send] = await guide();
  const run = (args: string[]) => home.json(args, { cwd: author.path });

  const { files } = await run(made);
  assert.ok(files.includes("fixtures/private-message.toon"), `${files}`);
  const fixtures = `${author.path}/encrypted-dm/fixtures`;
  await Deno.copyFile(
    new URL("../../fixtures/toon/kind1059_encrypted_dm.toon", import.meta.url),
    `${fixtures}/kind1059_encrypted_dm.toon`,
  );
  await Deno.writeTextFile(
    `${fixtures}/kind1059_encrypted_dm.expected.toml`,
    `content = "Received: Analyze this private repo"\nreader_key = "${
      fixtureKey("reader").toHex()
    }"\n`,
  );
  const verdict = await run(tested);
  assert.deepEqual([verdict.passed, verdict.fixtures.length], [true, 2]);

  const { permissions } = await run(approved);
  assert.equal(permissions.decrypt, true);
  const { pubkey } = await run(up);

  // From here on, a client without any code of this program.
  const customer = generateSecretKey();
  const prove = (challenge: EventTemplate) => Promise.resolve(finalizeEvent(challenge, customer));
  const relay = await Relay.connect(home.network.relay_url);
  try {
    const answers: NostrEvent[] = [];
    const listening = new Promise<void>((resolve) => {
      const listen = () =>
        relay.subscribe([{ kinds: [1059], "#p": [getPublicKey(customer)] }], {
          onevent: (event) => void answers.push(event),
          oneose: resolve,
          // The relay shows gift wraps only to a client that proves that they are for it.
          onclose: (why) => {
            if (why.startsWith("auth-required")) void relay.auth(prove).then(listen);
          },
        });
      listen();
    });
    await listening;
    const request = { kind: 14, content: "Analyze this private repo", tags: [["p", pubkey]] };
    const wrap = wrapEvent(request, customer, pubkey);
    await Deno.writeTextFile(`${author.path}/wrap.json`, JSON.stringify(wrap));

    const encoded = await home.run(encode, { cwd: author.path });
    assert.equal(encoded.code, 0, encoded.stderr);
    const sent = await home.run(send, { cwd: author.path, stdin: encoded.stdout });
    assert.equal(sent.code, 0, sent.stdout + sent.stderr);

    await until("a wrapped answer", () => Promise.resolve(answers.length > 0));
    const answer = unwrapEvent(JSON.parse(JSON.stringify(answers[0])), customer);
    assert.deepEqual([answer.kind, answer.pubkey, answer.content], [
      14,
      pubkey,
      "Received: Analyze this private repo\n",
    ]);
    assert.notEqual(answers[0].pubkey, pubkey, "the wrap's own key tells nobody who answered");
    assert.match(answer.tags.find(([name]) => name === "e")![1], /^[0-9a-f]{64}$/);
  } finally {
    relay.close();
  }
});

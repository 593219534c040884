/**
 * The skill author's journey: adds `encrypted-dm` for kind 1059, tests it on `fixtures/toon/kind1059_encrypted_dm.toon` (content
 * `Analyze this private repo`), registers it by dropping a folder, and sees a real gift wrap routed to it and answered.
 */
import assert from "node:assert/strict";
import { fixtureKey } from "../../fixtures/fixture_events.ts";
import { correspondent } from "./correspondent.ts";
import { firstAnswer, guide, providerHomes, writeEvent } from "./private_answers.ts";

Deno.test("a skill for private messages, from the guide to a wrap of a foreign client that is answered wrapped", async () => {
  await using homes = await providerHomes();
  const { home, operator: author } = homes;
  const [made, tested, approved, up, ...write] = await guide("guide-private", author);
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
  using customer = await correspondent(home.network.relay_url);
  const wrap = customer.wrap(pubkey, "Analyze this private repo");
  await Deno.writeTextFile(`${author.path}/wrap.json`, JSON.stringify(wrap));
  await writeEvent(home, write, { cwd: author.path });
  const answer = await firstAnswer(customer, pubkey, "Received: Analyze this private repo\n");
  assert.match(answer.tags.find(([name]) => name === "e")![1], /^[0-9a-f]{64}$/);
});

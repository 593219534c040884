/**
 * The skill `encrypted-dm` as it ships: an operator tests, approves and sells it by the guide's commands, and a foreign client sends a gift
 * wrap and reads the wrapped answer.
 */
import assert from "node:assert/strict";
import { until } from "../e2e/process.ts";
import { correspondent } from "./correspondent.ts";
import { firstAnswer, guide, providerHomes, writeEvent } from "./private_answers.ts";

Deno.test("encrypted-dm ships: tested, approved and up, it answers a foreign client's wrap with a wrap, and an answer with nothing", async () => {
  await using homes = await providerHomes();
  const { home, operator } = homes;
  const [tested, approved, up] = await guide("guide-shipped", operator);
  const state = async () => {
    const { skills } = await home.json(["skill", "list", "--home", operator.path]);
    return skills.find(({ name }: { name: string }) => name === "encrypted-dm").state;
  };
  assert.equal(await state(), "available", "nothing runs before it is approved");

  const verdict = await home.json(tested);
  assert.equal(verdict.passed, true, JSON.stringify(verdict));
  const first = verdict.fixtures.find(({ fixture }: { fixture: string }) =>
    fixture === "kind1059_encrypted_dm"
  );
  assert.equal(first.content, "Received: Analyze this private repo\n");

  const { sha256, permissions } = await home.json(approved);
  assert.match(sha256, /^[0-9a-f]{64}$/);
  assert.deepEqual([permissions.decrypt, permissions.net], [true, []]);
  assert.equal(await state(), "approved");
  const { pubkey } = await home.json(up);

  using customer = await correspondent(home.network.relay_url);
  const send = async (content: string, tags: string[][] = []) => {
    const stdin = JSON.stringify(customer.wrap(pubkey, content, tags));
    const pay = ["stage", "prepare-sink", "--purpose", "write"];
    await writeEvent(home, [["stage", "toon-encoder"], pay], { stdin });
  };
  await send("Received: something", [["e", "ab".repeat(32)]]);
  await send("Analyze this private repo");
  await firstAnswer(customer, pubkey, "Received: Analyze this private repo\n");

  await send("And this");
  await until("the next answer", () => Promise.resolve(customer.received().length > 1));
  assert.deepEqual(
    customer.received().map(({ message: { content } }) => content),
    ["Received: Analyze this private repo\n", "Received: And this\n"],
    "the message that is an answer got none",
  );
});

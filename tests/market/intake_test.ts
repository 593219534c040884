/** What an order says, before anything of it is priced. */
import assert from "node:assert/strict";
import { intake } from "../../market/intake.ts";
import type { Pubkey } from "../../protocols/nostr/event.ts";
import { PLAIN_ORDER } from "./plain_order.ts";

const BUYER = "ab".repeat(32) as Pubkey;
const { build } = intake({ clock: () => 1_770_000_000_000 });

const order = (type: string, input: string | null, stdin?: string) =>
  build({
    type,
    input,
    ...stdin === undefined ? {} : { stdin: new TextEncoder().encode(stdin) },
    ...PLAIN_ORDER,
    params: [["command", "true"]],
    limitBytes: 65_536,
  }, BUYER);

Deno.test("intake() takes one word for the name of a folder that is not there, where a job works on files", async () => {
  for (const type of ["ci-run", "ci-cd-linux", "image-build"]) {
    await assert.rejects(order(type, "projct"), {
      code: "input_not_found",
      message: /--input projct: there is no such file or folder/,
    });
  }
  const inputOf = async (...given: Parameters<typeof order>) =>
    (await order(...given)).request.tags.find(([name]) => name === "i");
  assert.deepEqual(await inputOf("echo", "projct"), ["i", "projct", "text"]);
  assert.deepEqual(await inputOf("ci-run", "two words"), ["i", "two words", "text"]);
  assert.deepEqual(await inputOf("ci-run", "-", "projct"), ["i", "projct", "text"]);
  assert.equal(await inputOf("ci-run", null), undefined);
});

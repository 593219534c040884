import assert from "node:assert/strict";
import { tokenOf } from "../../shell/http_token.ts";
import { temporaryFolder } from "../skills/machine.ts";

Deno.test("tokenOf() makes a new token each time, of 128 random bits less those of a UUID's form", async () => {
  const [one, two] = [await tokenOf(undefined), await tokenOf(undefined)];
  assert.match(one, /^[0-9a-f]{32}$/);
  assert.notEqual(one, two);
});

Deno.test("tokenOf() reads the user's own token from a file of the user alone", async () => {
  await using at = await temporaryFolder();
  const file = `${at.path}/token`;
  const write = async (text: string, mode = 0o600) => {
    await Deno.writeTextFile(file, text);
    await Deno.chmod(file, mode);
  };
  await write("my-own_token-0123\n");
  assert.equal(await tokenOf(file), "my-own_token-0123");
  for (const text of ["short", "a".repeat(201), "with/slash/0123456", "two words 0123456", ""]) {
    await write(`${text}\n`);
    await assert.rejects(tokenOf(file), (error: Error) => {
      assert.ok(text === "" || !error.message.includes(text), "the token is not repeated");
      return true;
    }, text);
  }
  await write("my-own_token-0123", 0o644);
  await assert.rejects(tokenOf(file), "others may read it");
  await assert.rejects(tokenOf(`${at.path}/missing`), {
    message: "Cannot read the token: it does not exist",
  });
});

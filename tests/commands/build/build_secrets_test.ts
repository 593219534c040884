import assert from "node:assert/strict";
import { readSecrets } from "../../../commands/build/build_secrets.ts";
import { UsageError } from "../../../shell/errors.ts";
import { temporaryFolder } from "../../skills/machine.ts";

const SECRET = "tok-3f9a1c77";

async function reading(given: readonly string[], cwd: string) {
  const invocation = { options: { list: () => given }, io: { cwd: () => cwd } };
  return await readSecrets(invocation as unknown as Parameters<typeof readSecrets>[0]);
}

Deno.test("readSecrets() reads files by name, as they are", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/token`, `${SECRET}\n`);
  await Deno.writeTextFile(`${folder.path}/b,c=d`, "\ufeffx");
  assert.deepEqual(await reading([], folder.path), {});
  assert.deepEqual(
    await reading(["id=a,src=token", `id=B.1,source=${folder.path}/b,c=d`], folder.path),
    { "a": `${SECRET}\n`, "B.1": "\ufeffx" },
  );
});

Deno.test("readSecrets() refuses what is not a secret file, and repeats no secret", async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  await Deno.writeTextFile(`${path}/token`, SECRET);
  await Deno.writeTextFile(`${path}/empty`, "");
  await Deno.writeFile(
    `${path}/bytes`,
    new Uint8Array([0xff, 0xfe, ...new TextEncoder().encode(SECRET)]),
  );
  await Deno.writeTextFile(`${path}/nul`, `${SECRET}\0`);
  await Deno.writeTextFile(`${path}/large`, SECRET.repeat(1_000));
  await Deno.writeTextFile(`${path}/half`, "x".repeat(5_000));
  for (
    const [given, words] of [
      [[SECRET], /--secret must be id=NAME,src=FILE/],
      [[`id=${SECRET} ,src=token`], /--secret must be/],
      [["id=a"], /--secret must be/],
      [["src=token"], /--secret must be/],
      [["id=../a,src=token"], /--secret must be/],
      [["id=__proto__/,src=token"], /--secret must be/],
      [["id=a,src=token", "id=a,src=token"], /names a twice/],
      [["id=a,src=missing"], /cannot be read/],
      [["id=a,src=."], /cannot be read/],
      [["id=a,src=/dev/zero"], /cannot be read/],
      [["id=a,src=empty"], /is empty or no UTF-8 text/],
      [["id=a,src=bytes"], /is empty or no UTF-8 text/],
      [["id=a,src=nul"], /is empty or no UTF-8 text/],
      [["id=a,src=large"], /larger than 8192 bytes/],
      [["id=a,src=half", "id=b,src=half"], /larger than 8192 bytes/],
    ] as const
  ) {
    await assert.rejects(reading(given, path), (error) => {
      assert(error instanceof UsageError, `${error}`);
      assert.match(error.message, words);
      assert(!`${error.message} ${error.suggestion}`.includes(SECRET), error.message);
      return true;
    });
  }
});

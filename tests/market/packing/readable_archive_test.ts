import assert from "node:assert/strict";
import { temporaryFolder } from "../../skills/machine.ts";
import { pack, sent, write } from "./packing.ts";

const UNREADABLE: readonly {
  readonly name: string;
  readonly files: readonly string[];
  readonly message: RegExp;
}[] = [
  {
    name: "65 folders deep",
    files: [`${"d/".repeat(64)}f`],
    message: /more than 64 deep/,
  },
  { name: "names that differ by case alone", files: ["A.txt", "a.txt"], message: /there twice/ },
  {
    name: "folders that differ by case alone, one a file",
    files: ["D/x", "d"],
    message: /there twice|lies below/,
  },
  {
    name: "names that differ by composition alone",
    files: ["\u00e9", "e\u0301"],
    message: /there twice/,
  },
  { name: "a backslash", files: ["a\\b"], message: /"a\\\\b" holds a control character/ },
  { name: "a line end", files: ["a\nb"], message: /"a\\nb" holds a control character/ },
  { name: "a drive", files: ["C:x"], message: /is absolute/ },
  {
    name: "a path of 1025 characters",
    files: [`${"0123456789abcdef/".repeat(60)}abcde`],
    message: /longer than 1024/,
  },
];

for (const { name, files, message } of UNREADABLE) {
  Deno.test(`packPlace() refuses ${name}, which ci-run would not unpack`, async () => {
    await using folder = await temporaryFolder();
    await write(folder.path, Object.fromEntries(files.map((file) => [file, "x"])));
    for (const includeIgnored of [false, true]) {
      await assert.rejects(pack(folder.path, { includeIgnored }), { code: "bad_input", message });
    }
  });
}

Deno.test("packPlace() sends what ci-run unpacks at its limits", async () => {
  await using folder = await temporaryFolder();
  const deep = `${"d/".repeat(63)}f`;
  await write(folder.path, { [deep]: "x", "\u00fcber": "u" });
  assert.deepEqual(await sent(folder.path), { [deep]: "x", "\u00fcber": "u" });
});

Deno.test("packPlace() refuses a link into .git, which ci-run would not unpack", async () => {
  await using folder = await temporaryFolder();
  await write(folder.path, { "p/a": "a" });
  await Deno.symlink(".git/config", `${folder.path}/p/link`);
  await assert.rejects(pack(`${folder.path}/p`), {
    code: "bad_input",
    message: /links into \.git/,
  });
});

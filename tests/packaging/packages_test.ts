import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { copyPackages } from "../../packaging/packages.ts";

/** `node_modules` as `deno install` makes it: each package in its own folder, with links to those that it needs. */
async function installed(
  root: string,
  packages: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<void> {
  const own = (id: string) => {
    const [, name, version] = /^(.+)@(.+)$/.exec(id)!;
    return {
      name,
      version,
      folder: `${root}/node_modules/.deno/${name.replaceAll("/", "+")}@${version}/node_modules`,
    };
  };
  for (const [id, dependencies] of Object.entries(packages)) {
    const { name, version, folder } = own(id);
    await Deno.mkdir(join(folder, name), { recursive: true });
    const manifest = { name, version, dependencies };
    await Deno.writeTextFile(join(folder, name, "package.json"), JSON.stringify(manifest));
    await Deno.writeTextFile(join(folder, name, "index.js"), `export default "${id}";`);
    await Deno.writeTextFile(join(folder, name, "index.d.ts"), "");
  }
  for (const [id, dependencies] of Object.entries(packages)) {
    const { folder } = own(id);
    for (const [name, version] of Object.entries(dependencies)) {
      await Deno.mkdir(dirname(join(folder, name)), { recursive: true });
      await Deno.symlink(join(own(`${name}@${version}`).folder, name), join(folder, name));
    }
  }
}

Deno.test("copyPackages() gives each package the versions that it was installed with, without links and types", async () => {
  const root = await Deno.makeTempDir();
  try {
    await installed(root, {
      "@scope/a@1.0.0": { b: "1.0.0", c: "2.0.0" },
      "b@1.0.0": { c: "1.0.0" },
      "c@1.0.0": {},
      "c@2.0.0": {},
    });
    const placed = await copyPackages(
      root,
      { "@scope/a": "1.0.0", old: "npm:c@1.0.0" },
      `${root}/out`,
    );
    assert.deepEqual([...placed], [
      ["@scope/a", "1.0.0"],
      ["old", "1.0.0"],
      ["b", "1.0.0"],
      ["c", "2.0.0"],
      ["b/node_modules/c", "1.0.0"],
    ]);
    const lies = (path: string) => Deno.lstat(`${root}/out/node_modules/${path}`);
    assert.ok((await lies("b/node_modules/c")).isDirectory);
    assert.ok((await lies("@scope/a/index.js")).isFile);
    await assert.rejects(lies("@scope/a/index.d.ts"), Deno.errors.NotFound);
    await assert.rejects(
      copyPackages(root, { gone: "1.0.0" }, `${root}/other`),
      /gone is not installed; run 'deno install'/,
    );
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("copyPackages() leaves out what a package without need of Node offers only to Node", async () => {
  const root = await Deno.makeTempDir();
  try {
    await installed(root, { "@noble/a@1.0.0": {}, "b@1.0.0": {} });
    const exports = {
      ".": "./index.js",
      "./random": { node: { import: "./node.js" }, import: "./index.js" },
      "./only": { node: "./node.js" },
    };
    const manifest = async (name: string, id: string) => {
      const path = `${root}/node_modules/.deno/${id}/node_modules/${name}/package.json`;
      const known = JSON.parse(await Deno.readTextFile(path));
      await Deno.writeTextFile(path, JSON.stringify({ ...known, exports }));
    };
    await manifest("@noble/a", "@noble+a@1.0.0");
    await manifest("b", "b@1.0.0");
    await copyPackages(root, { "@noble/a": "1.0.0", b: "1.0.0" }, `${root}/out`);
    const copied = async (name: string) =>
      JSON.parse(await Deno.readTextFile(`${root}/out/node_modules/${name}/package.json`)).exports;
    assert.deepEqual(await copied("@noble/a"), {
      ".": "./index.js",
      "./random": { import: "./index.js" },
      "./only": { node: "./node.js" },
    });
    assert.deepEqual(await copied("b"), exports);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

/** Which container engine gets an archive of images, with programs in the place of the engines. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const fromFileUrl = (path: string) => fileURLToPath(import.meta.resolve(path));

/** What loadArchive() says on a machine with these engines: shell scripts by name. */
async function loaded(engines: Readonly<Record<string, string>>) {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.symlink("/bin/sh", `${folder}/sh`);
    for (const [name, script] of Object.entries(engines)) {
      const text = `#!/bin/sh\necho "${name} $*" >> ${folder}/calls\n${script}\n`;
      await Deno.writeTextFile(`${folder}/${name}`, text, { mode: 0o755 });
    }
    const code = `
      import { loadArchive } from "${
      import.meta.resolve("../../../commands/build/load_archive.ts")
    }";
      const never = new AbortController().signal;
      const said = await loadArchive("/tmp/images.tar", never)
        .catch(({ code, message }) => code + ": " + message);
      console.log(said);
    `;
    await Deno.writeTextFile(`${folder}/load.ts`, code);
    const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-check", "--quiet", "--cached-only", "--no-prompt", "--allow-run=sh"],
        ...["--config", fromFileUrl("../../../deno.json"), `${folder}/load.ts`],
      ],
      env: { PATH: folder, NO_COLOR: "1" },
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    const calls = await Deno.readTextFile(`${folder}/calls`).catch(() => "");
    return { said: new TextDecoder().decode(stdout).trim(), calls: calls.trim().split("\n") };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("loadArchive() asks the first engine that is there, and no other one after it took the images", async () => {
  assert.deepEqual(await loaded({ docker: "exit 0", buildah: "exit 0" }), {
    said: "docker",
    calls: ["docker load -i /tmp/images.tar"],
  });
});

Deno.test("loadArchive() asks the next engine where one refuses, and buildah in its own words", async () => {
  assert.deepEqual(await loaded({ podman: "exit 125", buildah: "exit 0" }), {
    said: "buildah",
    calls: ["podman load -i /tmp/images.tar", "buildah pull -q oci-archive:/tmp/images.tar"],
  });
});

Deno.test("loadArchive() says what the last engine said, without escapes, or that there is none", async () => {
  const script = "printf 'first line\\n\\033[2Jno space\\n' >&2; exit 1";
  const { said } = await loaded({ podman: script });
  assert.match(said, /^not_loaded: no engine took the images; podman: .*no space$/);
  assert.ok(!said.includes("\x1b") && !said.includes("first line"), said);
  assert.match((await loaded({})).said, /^no_engine: there is no podman, docker or buildah/);
});

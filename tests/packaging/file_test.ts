/** The program in one file, as a user runs it: with only PATH and an empty HOME in the environment. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { packageFile, scriptOf } from "../../packaging/file.ts";
import { isLong } from "../long.ts";
import { madeBefore } from "./made_before.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PATH = "/usr/local/bin:/usr/bin:/bin";
const only = {
  ignore: Deno.build.os !== "linux",
  why: Deno.build.os === "linux" ? "" : " (ignored: the file is for Linux)",
};

Deno.test("scriptOf() states its own length in bytes, and refuses a placeholder without a value", () => {
  const script = new TextDecoder().decode(scriptOf("#!/bin/sh\nx=@X@ n=@SCRIPT_BYTES@\n@START@\n", {
    X: "1",
  }));
  assert.equal(Number(/ n=(\d+)/.exec(script)![1]), script.length);
  assert.match(script, /'--allow-run=git,bwrap,sh,secret-tool,security,'"\$dir\/bin\/deno"'' \\/);
  assert.throws(() => scriptOf("@Y@ @SCRIPT_BYTES@", {}), /nothing was given for @Y@/);
});

Deno.test({
  name: `the one file says what to do where its cache cannot be written${only.why}`,
  ignore: only.ignore,
}, async () => {
  const folder = await Deno.makeTempDir({ prefix: "ct-file-" });
  try {
    const template = await Deno.readTextFile(`${ROOT}/packaging/self_extracting.sh`);
    const names = [
      "VERSION",
      "TARGET",
      "PAYLOAD_BYTES",
      "PAYLOAD_SHA256",
      "SUMS_SHA256",
      "PROGRAM_SUMS",
    ];
    const blanks = [...names, "PROGRAMS", "NAME"].map((name) => [name, "x"]);
    await Deno.writeFile(`${folder}/file`, scriptOf(template, Object.fromEntries(blanks)));
    // Root may write everywhere, except on a disk that is read-only or full: there, mktemp fails.
    await Deno.writeTextFile(`${folder}/mktemp`, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const { code, stderr } = await new Deno.Command("sh", {
      args: [`${folder}/file`, "version"],
      clearEnv: true,
      env: { PATH: `${folder}:${PATH}`, HOME: folder },
    }).output();
    assert.equal(code, 1);
    const cache = `${folder}/.cache/crosstown`;
    assert.match(
      new TextDecoder().decode(stderr),
      new RegExp(`^Error: cannot write into ${cache}\nSuggestion: set XDG_CACHE_HOME `),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: `the one file runs the demo, checks itself at every start and unpacks safely${only.why}`,
  ignore: only.ignore,
}, async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "ct-file-" });
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  try {
    const file = await packageFile(ROOT, `${folder}/made`, {
      ...await madeBefore(),
    });
    let homes = 0;
    const newHome = async () => {
      const home = `${folder}/home${homes++}`;
      await Deno.mkdir(home, { mode: 0o700 });
      return home;
    };
    const run = async (home: string, args: readonly string[], program = file) => {
      const { code, stdout, stderr } = await new Deno.Command(program, {
        args: [...args],
        cwd: home,
        clearEnv: true,
        env: { PATH, HOME: home },
        stdin: "null",
      }).output();
      return { code, out: text(stdout), err: text(stderr) };
    };
    const cacheOf = (home: string) => `${home}/.cache/crosstown`;
    const unpacked = async (home: string) => {
      const names = (await Array.fromAsync(Deno.readDir(cacheOf(home)))).map(({ name }) => name);
      return names.filter((name) => name !== "deno");
    };

    const home = await newHome();
    await t.step("the demo runs to its end", async () => {
      const { code, out, err } = await run(home, ["demo", "--output", "json"]);
      assert.equal(code, 0, err);
      const demo = JSON.parse(out);
      assert.equal(demo.result.exit_code, 0);
      assert.equal(demo.settlement.adds_up, true);
    });

    await t.step("it is not unpacked again after a job, for which Deno was linked", async () => {
      const [name] = await unpacked(home);
      const deno = `${cacheOf(home)}/${name}/bin/deno`;
      const seal = `${cacheOf(home)}/${name}/seal`;
      const before = await Deno.stat(deno);
      // As a provider does for the sandbox of each job, where the file system has hard links.
      await Deno.link(deno, `${folder}/linked`);
      await Deno.remove(`${folder}/linked`);
      const sealedAt = await Deno.readTextFile(seal);
      assert.equal((await run(home, ["--version"])).code, 0);
      assert.equal((await Deno.stat(deno)).ino, before.ino);
      const sealedAnew = await Deno.readTextFile(seal);
      assert.notEqual(sealedAnew, sealedAt, "the link changed its ctime");
      assert.equal((await run(home, ["--version"])).code, 0);
      assert.equal(await Deno.readTextFile(seal), sealedAnew);
    });

    await t.step("exit codes and the version come through", async () => {
      assert.equal((await run(home, ["job", "submt"])).code, 2);
      assert.match((await run(home, ["--version"])).out, /^crosstown \d+\.\d+\.\d+/);
    });

    await t.step("a dashboard starts, with V8's flags of its own", async () => {
      const { code, err } = await run(home, ["mayor", "attach"]);
      assert.equal(code, 1);
      assert.match(err, /^Error: there is nothing to show in this home yet\n/);
    });

    const [name] = await unpacked(home);
    const dir = `${cacheOf(home)}/${name}`;
    await t.step("a later start unpacks nothing", async () => {
      const before = (await Deno.stat(`${dir}/bin/deno`)).ino;
      assert.equal((await run(home, ["--version"])).code, 0);
      assert.equal((await Deno.stat(`${dir}/bin/deno`)).ino, before);
    });

    // Each change unpacks the file again, which takes seconds: `deno task long` changes all four.
    const changed = isLong ? ["app/cli.js", "bin/deno", "sums", "seal"] : ["app/cli.js", "seal"];
    for (const path of changed) {
      await t.step(`what was changed in ${path} is not run: it is unpacked again`, async () => {
        const whole = await Deno.readFile(`${dir}/${path}`);
        await Deno.writeTextFile(`${dir}/${path}`, "\nconsole.log('meddled')\n", { append: true });
        const { code, out } = await run(home, ["--version"]);
        assert.equal(code, 0);
        assert.doesNotMatch(out, /meddled/);
        const now = await Deno.readFile(`${dir}/${path}`);
        assert.equal(now.length, whole.length);
        assert.deepEqual(await unpacked(home), [name], "nothing is left beside it");
      });
    }

    await t.step("a file that was cut or changed is refused", async () => {
      const bytes = await Deno.readFile(file);
      const changed = bytes.slice();
      changed[changed.length - 100] ^= 1;
      for (const [what, damaged] of [["cut", bytes.slice(0, -1)], ["changed", changed]] as const) {
        const path = `${folder}/${what}`;
        await Deno.writeFile(path, damaged, { mode: 0o755 });
        const other = await newHome();
        const { code, err } = await run(other, ["--version"], path);
        assert.equal(code, 1);
        assert.match(err, /^Error: .* is damaged: .*\nSuggestion: download it again\n$/);
        assert.deepEqual(await unpacked(other), []);
      }
    });

    await t.step("a cache that others may write, or that is a link, is refused", async () => {
      for (const kind of ["wide", "link"]) {
        const other = await newHome();
        await Deno.mkdir(`${other}/.cache`);
        if (kind === "wide") {
          await Deno.mkdir(cacheOf(other));
          await Deno.chmod(cacheOf(other), 0o777);
        } else {
          await Deno.mkdir(`${other}/elsewhere`, { mode: 0o700 });
          await Deno.symlink(`${other}/elsewhere`, cacheOf(other));
        }
        const { code, err } = await run(other, ["--version"]);
        assert.equal(code, 1);
        assert.match(err, /is not a folder of yours with mode 700/);
      }
    });

    await t.step("two first starts at once both run, and leave one folder", async () => {
      const other = await newHome();
      const both = await Promise.all([run(other, ["--version"]), run(other, ["--version"])]);
      for (const { code, err } of both) assert.equal(code, 0, err);
      assert.equal((await unpacked(other)).length, 1);
    });

    await t.step("without a HOME it says what to set", async () => {
      const { code, stderr } = await new Deno.Command(file, {
        clearEnv: true,
        env: { PATH },
        stdin: "null",
      }).output();
      assert.equal(code, 1);
      assert.match(text(stderr), /set HOME or XDG_CACHE_HOME/);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

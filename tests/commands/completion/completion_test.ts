import assert from "node:assert/strict";
import { COMMANDS } from "../../../commands/command_table.ts";
import { commandTree } from "../../../commands/completion/command_tree.ts";
import { powershellScript } from "../../../commands/completion/powershell.ts";
import { MemoryIo, run } from "../memory_io.ts";
import { paymentsHome } from "../payments/payments_home.ts";

const tree = await commandTree(COMMANDS);

Deno.test("commands: each command says what it does, and only one that changes something has --dry-run", () => {
  const groups = new Set(tree.map(({ path }) => path.slice(0, path.lastIndexOf(" "))));
  for (const { path, effect, dryRun } of tree) {
    assert.ok(effect !== null || groups.has(path), `${path} does not say what it does`);
    assert.ok(!dryRun || effect !== "reads", `${path} has --dry-run and claims to read`);
  }
});

Deno.test("commands --json gives every command with its flags, once, to programs", async () => {
  const { code, out } = await run(["commands", "--json"]);
  assert.equal(code, 0);
  const told = JSON.parse(out);
  assert.equal(told.version, 1);
  assert.deepEqual(
    told.commands.map(({ path }: { path: string }) => path),
    tree.filter(({ effect }) => effect !== null).map(({ path }) => path),
  );
  const submit = told.commands.find(({ path }: { path: string }) => path === "job submit");
  assert.equal(submit.effect, "spends");
  assert.equal(submit.dry_run, true);
  const role = told.commands.find(({ path }: { path: string }) => path === "job list").options
    .find(({ name }: { name: string }) => name === "--role");
  assert.deepEqual(role.choices, ["buyer", "provider"]);
  assert.equal((await run(["commands", "--output", "json"])).out, out);
});

/** A line up to the cursor, and the words that are offered there, in any order. */
const CASES: readonly (readonly [line: readonly string[], offered: readonly string[]])[] = [
  [["jo"], ["job"]],
  [["job", "sub"], ["submit"]],
  [["job", "submit", "--in"], ["--input", "--include-ignored"]],
  [["--network", "dev", "job", "submit", "ech"], ["echo"]],
  [["job", "submit", "ci-run", "--output", "js"], ["json"]],
  [["job", "chain", "stat"], ["status"]],
  [["job", "list", "--status", "pro"], ["processing"]],
  [["job", "list", "--role", ""], ["buyer", "provider"]],
  [["help", "jo"], ["job"]],
  [["--outp"], ["--output"]],
  [["doctor", ""], ["sandbox"]],
  [["job", "submit", "--key", ""], []],
  [["job", "submit", "--", "--inp"], []],
];

/** What is typed after `--home`, and the folder that the shell asks for. */
const HOMES: readonly (readonly [typed: string, folder: string])[] = [
  ["/a/b", "/a/b"],
  ["/my\\ dir", "/my dir"],
  ["'/my dir'", "/my dir"],
  ['"/my \\"dir\\" \'s"', `/my "dir" 's`],
  ["~/x", "/home/you/x"],
  ["$(touch run)", "$(touch run)"],
  ["`touch run`", "`touch run`"],
];

/** For each shell a program that reads its script, completes `$@`, and prints one word per line. */
const SHELLS: Readonly<Record<string, readonly string[]>> = {
  bash: [
    "bash",
    "-c",
    `source "$0"; COMP_WORDS=(crosstown "$@"); COMP_CWORD=$#; _crosstown crosstown "\${@: -1}"; printf '%s\\n' "\${COMPREPLY[@]}"`,
  ],
  zsh: [
    "zsh",
    "-fc",
    `compdef() { }; compset() { }; _files() { print FILES }; compadd() { shift; print -l -- "$@" }
     _describe() { print -l -- "\${(@)\${(P@)4}%%:*}" }
     source "$0"; words=(crosstown "$@"); CURRENT=$#words; _crosstown`,
  ],
  fish: ["fish", "--no-config", "-c", 'source $argv[1]; complete -C "crosstown $argv[2..-1]"'],
};

for (const [shell, [program, ...args]] of Object.entries(SHELLS)) {
  const there = await isThere(program);
  const name = `completion ${shell} offers in ${shell} what stands in the table`;
  Deno.test(
    { name: there ? name : `${name} (${shell} is not installed)`, ignore: !there },
    async () => {
      const file = await Deno.makeTempFile();
      try {
        await Deno.writeTextFile(file, (await run(["completion", shell])).out);
        for (const [line, offered] of CASES) {
          const { stdout, stderr } = await new Deno.Command(program, {
            args: [...args, file, ...line],
          })
            .output();
          assert.equal(new TextDecoder().decode(stderr), "", line.join(" "));
          // A shell that filters the offered words does not do so here.
          const words = new TextDecoder().decode(stdout).split("\n").map((text) =>
            text.split("\t")[0]
          )
            .filter((word) => word !== "" && word.startsWith(line.at(-1)!));
          assert.deepEqual(words.sort(), [...offered].sort(), line.join(" "));
        }
      } finally {
        await Deno.remove(file);
      }
    },
  );
}

for (const shell of ["bash", "zsh"]) {
  const [program, ...args] = SHELLS[shell];
  const there = await isThere(program);
  const name = `completion ${shell} asks for the ids of a home in quotes, and runs nothing of it`;
  Deno.test(
    { name: there ? name : `${name} (${shell} is not installed)`, ignore: !there },
    async () => {
      const folder = await Deno.makeTempDir();
      try {
        const asked = `${folder}/asked`;
        await Deno.writeTextFile(`${folder}/script`, (await run(["completion", shell])).out);
        await Deno.writeTextFile(
          `${folder}/crosstown`,
          `#!/bin/sh\nprintf '%s\\n' "$@" > ${asked}\n`,
          { mode: 0o755 },
        );
        for (const [typed, home] of HOMES) {
          const { stderr } = await new Deno.Command(program, {
            args: [...args, `${folder}/script`, "--home", typed, "job", "status", ""],
            cwd: folder,
            env: { PATH: `${folder}:${Deno.env.get("PATH")}`, HOME: "/home/you" },
          }).output();
          assert.equal(new TextDecoder().decode(stderr), "", typed);
          assert.deepEqual(
            (await Deno.readTextFile(asked)).split("\n"),
            ["completion", "values", "job", "--home", home, ""],
          );
          await Deno.remove(asked);
        }
        const names = (await Array.fromAsync(Deno.readDir(folder))).map((each) => each.name);
        assert.deepEqual(names.sort(), ["crosstown", "script"]);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  );
}

Deno.test("completion powershell writes every command, flag and value of the table, in quotes that nothing ends; PowerShell itself is not run", async () => {
  const { code, out } = await run(["completion", "powershell"]);
  assert.equal(code, 0);
  const { code: bare, texts } = powershellTexts(out);
  // Outside of quotes and comments, every bracket is closed by its counterpart.
  const open: string[] = [];
  for (const bracket of bare.replaceAll(/^ *#.*$/gm, "").match(/[(){}[\]]/g)!) {
    if ("({[".includes(bracket)) open.push(bracket);
    else assert.ok(["()", "{}", "[]"].includes(`${open.pop()}${bracket}`), bracket);
  }
  assert.deepEqual(open, []);
  assert.match(bare, /^Register-ArgumentCompleter -Native -CommandName /m);
  const told = new Set(texts);
  for (const { path, summary, options } of tree) {
    const word = path.slice(path.lastIndexOf(" ") + 1);
    assert.ok(told.has(`${word}\t${summary}`), path);
    for (const option of options) {
      assert.ok(told.has(`${option.name}\t${option.summary}`), `${path} ${option.name}`);
      assert.equal(told.has(`${path} ${option.name}`), option.value !== null, option.name);
    }
  }
  assert.ok(told.has("=buyer provider") && told.has("@job"));
});

Deno.test("completion powershell: no quote in a summary ends a string, straight or typographic", () => {
  const summary = "it's ‘a’ ‚b‛ $(touch x) \`n \"";
  const script = powershellScript({
    commands: new Map([["", [{ word: "a", summary }]]]),
    flags: new Map(),
    flagValues: new Map(),
    argValues: new Map(),
    aliases: new Map(),
  });
  assert.ok(powershellTexts(script).texts.includes(`a\t${summary}`));
});

/** The texts in single quotes, by PowerShell's rule that two quotes of any form are one; and the script with each text empty. */
function powershellTexts(script: string): { readonly code: string; readonly texts: string[] } {
  const texts: string[] = [];
  const code = script.replaceAll(
    /^ *#.*$|['‘’‚‛]((?:[^'‘’‚‛]|['‘’‚‛]{2})*)['‘’‚‛]/gm,
    (whole, text: string | undefined) => {
      if (text === undefined) return whole;
      texts.push(text.replaceAll(/(['‘’‚‛])['‘’‚‛]/g, "$1"));
      return "''";
    },
  );
  return { code, texts };
}

async function isThere(program: string): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args: ["--version"], stdout: "null" }).output())
      .success;
  } catch {
    return false;
  }
}

Deno.test("completion values gives ids of the home, and nothing where there is none", async () => {
  await using home = await paymentsHome(1);
  const asked = (...args: string[]) => run(["completion", "values", ...args, "--home", home.root]);
  assert.match((await asked("job")).out, /^job-5abc123\tci-run, /);
  assert.match((await asked("channel")).out, /^ch_[0-9a-f]{8}\topen\n$/);
  assert.equal((await asked("mayor")).out, "mayor-001\tmayor\n");
  const { code, out, err } = await run([
    "completion",
    "values",
    "job",
    "--home",
    `${home.root}/no`,
  ]);
  assert.deepEqual([code, out.trim(), err], [0, "", ""]);
  const wrong = await asked("nothing");
  assert.equal(wrong.code, 2);
});

Deno.test("completion values offers no name with characters that a shell would interpret", async () => {
  await using home = await paymentsHome(1);
  await Deno.mkdir(`${home.root}/hooks/$(touch x)`);
  const io = new MemoryIo();
  await run(["completion", "values", "mayor", "--home", home.root], { io });
  assert.equal(io.out, "mayor-001\tmayor\n");
});

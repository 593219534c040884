/** Completion in the real shells, with their own key for it: each offers the id of a job that is in the home. */
import assert from "node:assert/strict";
import { started } from "../../program.ts";
import { HAS_TERMINAL, playedInShell } from "../../e2e/terminal.ts";
import { paymentsHome } from "../payments/payments_home.ts";

const { jobId: JOB } = (await import("../../store/store_rows.ts")).job({});

/** Each shell with a file of its own, which switches the completion on before the first prompt, and no file of the machine or its user. */
const SHELLS = {
  bash: {
    file: "rc.bash",
    sets: "source <(crosstown completion bash)",
    command: (root: string) => `bash --noprofile --rcfile ${root}/rc.bash -i`,
  },
  zsh: {
    file: ".zshrc",
    sets: "autoload -Uz compinit && compinit -D -u && source <(crosstown completion zsh)",
    command: (root: string) => `env ZDOTDIR=${root} zsh -d -i -o no_prompt_sp`,
  },
} as const;

async function isThere(program: string): Promise<boolean> {
  return await new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" })
    .output().then(({ success }) => success, () => false);
}

for (const [shell, { file, sets, command }] of Object.entries(SHELLS)) {
  const there = HAS_TERMINAL && await isThere(shell);
  Deno.test({
    name: `the Tab key of ${shell} completes the id of a job of this home (needs 'script')`,
    ignore: !there,
    async fn() {
      await using home = await paymentsHome(1);
      await Deno.writeTextFile(`${home.root}/${file}`, `${sets}\necho set-$?\nPS1='ready> '\n`);
      // Each completed line is run: an interrupt that comes while zsh still completes would be lost.
      const { shown } = await playedInShell(command(home.root), [
        { seen: /set-0[^]*ready> $/, keys: "crosstown job history job-\t" },
        { seen: new RegExp(`crosstown job history ${JOB} `), keys: "\r" },
        { seen: /ready> $/, keys: `crosstown job history --home ${home.root} job-\t` },
        { seen: new RegExp(`--home ${home.root} ${JOB} `), keys: "\r" },
        { seen: /ready> $/, keys: "exit\r" },
      ], { home: home.root });
      assert.ok(shown.includes(JOB), shown);
    },
  });
}

Deno.test({
  name: "fish offers the id of a job of this home, with its type and status",
  ignore: !await isThere("fish"),
  async fn() {
    await using home = await paymentsHome(1);
    const words = [Deno.execPath(), ...started([])];
    const line = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
    await Deno.writeTextFile(`${home.root}/crosstown`, `#!/bin/sh\nexec ${line} "$@"\n`, {
      mode: 0o755,
    });
    const { stdout } = await new Deno.Command("fish", {
      args: [
        "--no-config",
        "-c",
        'crosstown completion fish | source; complete -C "crosstown job history job-"',
      ],
      clearEnv: true,
      env: {
        PATH: `${home.root}:${Deno.env.get("PATH")}`,
        HOME: home.root,
        GASTOWN_HOME: home.root,
        DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
      },
    }).output();
    const offered = new TextDecoder().decode(stdout).trim().split("\n");
    assert.deepEqual(offered.map((each) => each.split("\t")[0]), [JOB]);
    assert.match(offered[0], /\t\S+, \w+$/);
  },
});

import assert from "node:assert/strict";
import { gitEnvironment } from "../../../market/packing/git_environment.ts";
import { git, repository, temporaryFolder } from "../../skills/machine.ts";
import { sentAsGitLists, type UserEnvironment, usersGit } from "./as_git_lists.ts";
import { pack, sent, write } from "./packing.ts";

/** A place in which a user made git ignore `.env`: the folder that is sent, and variables other than HOME. */
interface Place {
  readonly folder: string;
  readonly home: string;
  readonly repo: string;
}

const CASES: Record<string, (at: Place) => Promise<{ input?: string; env?: UserEnvironment }>> = {
  "the user's settings, included for this git dir": async ({ folder, home }) => {
    await write(home, {
      ".gitconfig": `[includeIf "gitdir:${folder}/"]\npath = .work\n`,
      ".work": "[core]\nexcludesFile = ~/ignored\n",
      "ignored": ".env\n",
    });
    return {};
  },
  "the user's settings, included for this branch": async ({ home }) => {
    await write(home, {
      ".gitconfig": '[includeIf "onbranch:*"]\npath = .work\n',
      ".work": "[core]\nexcludesFile = ~/ignored\n",
      "ignored": ".env\n",
    });
    return {};
  },
  "settings that the repository includes": async ({ repo }) => {
    await write(repo, { ".git/more": "[core]\nexcludesFile = .git/ignored\n" });
    await write(repo, { ".git/ignored": ".env\n" });
    await git(repo, "config", "include.path", "more");
    return {};
  },
  "working files that begin above the git dir's folder": async ({ folder, repo }) => {
    await write(folder, { ".gitignore": "/repo/.env\n" });
    await git(repo, "config", "core.worktree", folder);
    return {};
  },
  "a worktree whose git dir names no common one": async ({ folder, repo }) => {
    const gitDir = `${folder}/store/worktrees/one`;
    await write(folder, { "store/.keep": "", "ignored": ".env\n" });
    await Deno.mkdir(`${folder}/store/worktrees`);
    await Deno.rename(`${repo}/.git`, gitDir);
    await Deno.writeTextFile(`${repo}/.git`, `gitdir: ${gitDir}\n`);
    await git(repo, "config", "core.excludesFile", `${folder}/ignored`);
    return {};
  },
  "a linked worktree's own settings": async ({ folder, repo }) => {
    await git(repo, "worktree", "add", "--quiet", "../tree", "-b", "other");
    await git(repo, "config", "extensions.worktreeConfig", "true");
    await write(folder, { "tree/.env": "KEY=1", "ignored": ".env\n" });
    await git(`${folder}/tree`, "config", "--worktree", "core.excludesFile", `${folder}/ignored`);
    return { input: `${folder}/tree` };
  },
  "info/exclude behind a .git that is a link": async ({ folder, repo }) => {
    await Deno.rename(`${repo}/.git`, `${folder}/store`);
    await Deno.symlink("../store", `${repo}/.git`);
    await write(folder, { "store/info/exclude": ".env\n" });
    return {};
  },
  "$XDG_CONFIG_HOME/git/ignore": async ({ folder }) => {
    await write(folder, { "xdg/git/ignore": ".env\n" });
    return { env: { XDG_CONFIG_HOME: `${folder}/xdg` } };
  },
  "$XDG_CONFIG_HOME/git/config": async ({ folder }) => {
    await write(folder, {
      "xdg/git/config": `[core]\nexcludesFile = ${folder}/ignored\n`,
      "ignored": ".env\n",
    });
    return { env: { XDG_CONFIG_HOME: `${folder}/xdg` } };
  },
  "$GIT_CONFIG_GLOBAL": async ({ folder }) => {
    await write(folder, { "g": `[core]\nexcludesFile = ${folder}/ignored\n`, "ignored": ".env\n" });
    return { env: { GIT_CONFIG_GLOBAL: `${folder}/g` } };
  },
  "$GIT_CONFIG_SYSTEM": async ({ folder }) => {
    await write(folder, { "s": `[core]\nexcludesFile = ${folder}/ignored\n`, "ignored": ".env\n" });
    return { env: { GIT_CONFIG_SYSTEM: `${folder}/s` } };
  },
  "$GIT_CONFIG_COUNT": async ({ folder }) => {
    await write(folder, { "ignored": ".env\n" });
    return {
      env: {
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "core.excludesFile",
        GIT_CONFIG_VALUE_0: `${folder}/ignored`,
      },
    };
  },
  "$GIT_CONFIG_PARAMETERS, as an alias of git has it": async ({ folder }) => {
    await write(folder, { "ignored": ".env\n" });
    return { env: { GIT_CONFIG_PARAMETERS: `'core.excludesfile'='${folder}/ignored'` } };
  },
  "names without case": async ({ repo }) => {
    await git(repo, "config", "core.ignoreCase", "true");
    await write(repo, { ".git/info/exclude": ".ENV\n" });
    return {};
  },
};

for (const [name, prepare] of Object.entries(CASES)) {
  Deno.test(`packPlace() leaves out what is ignored by ${name}`, async () => {
    await using at = await temporaryFolder();
    const [folder, home] = [at.path, `${at.path}/home`];
    const repo = await repository(folder, { "a.txt": "a" });
    await write(folder, { "home/.keep": "", "repo/.env": "KEY=1" });
    const { input = repo, env = {} } = await prepare({ folder, home, repo });
    const names = await sentAsGitLists(input, { HOME: home, ...env });
    assert.ok(names.includes("a.txt"));
    assert.equal(names.includes(".env"), false);
  });
}

Deno.test("packPlace() sends nothing where git only warns, or passes over a .git", async (t) => {
  const cases: Record<string, (at: Place) => Promise<unknown>> = {
    "an ignore file that cannot be read": async ({ repo, home }) => {
      await Deno.symlink("loop", `${home}/loop`);
      await git(repo, "config", "core.excludesFile", `${home}/loop/x`);
    },
    "an ignore file of the folder that is a link": ({ repo }) =>
      Deno.symlink("a.txt", `${repo}/.gitignore`),
    "a .git that is a pipe": async ({ repo }) => {
      await Deno.rename(`${repo}/.git`, `${repo}/../.git`);
      await new Deno.Command("mkfifo", { args: [`${repo}/.git`] }).output();
    },
    "a .git that is empty, in a repository": async ({ repo }) => {
      await Deno.rename(`${repo}/.git`, `${repo}/../.git`);
      await Deno.mkdir(`${repo}/.git`);
    },
    "a .git that is a link to nothing": async ({ repo }) => {
      await Deno.remove(`${repo}/.git`, { recursive: true });
      await Deno.symlink("../away", `${repo}/.git`);
    },
    "a bare repository above": async ({ repo }) => {
      await Deno.rename(`${repo}/.git`, `${repo}/../x`);
      for (const part of ["HEAD", "objects", "refs", "config", "index"]) {
        await Deno.rename(`${repo}/../x/${part}`, `${repo}/../${part}`);
      }
    },
    "working files that are elsewhere": ({ repo, home }) =>
      git(repo, "config", "core.worktree", home),
    "a repository without working files": ({ repo }) => git(repo, "config", "core.bare", "true"),
    "a format that this git does not know": ({ repo }) =>
      git(repo, "config", "core.repositoryFormatVersion", "9"),
    "settings that cannot be read": ({ repo }) =>
      Deno.writeTextFile(`${repo}/.git/config`, "[core\n"),
    "an included file that cannot be read": async ({ repo }) => {
      await write(repo, { ".git/more": "[core\n" });
      await git(repo, "config", "include.path", "more");
    },
    "a tree of a sparse index that is not there": async ({ repo }) => {
      await write(repo, { "in/i": "i", "out/.gitignore": "x\n", "out/o": "o" });
      await git(repo, "add", "in", "out");
      await git(repo, "commit", "--quiet", "-m", "folders");
      await git(repo, "sparse-checkout", "set", "--cone", "--sparse-index", "in");
      const tree = (await git(repo, "rev-parse", "HEAD:out")).trim();
      await Deno.remove(`${repo}/.git/objects/${tree.slice(0, 2)}/${tree.slice(2)}`);
    },
  };
  for (const [name, harm] of Object.entries(cases)) {
    await t.step(name, async () => {
      await using at = await temporaryFolder();
      const repo = await repository(at.path, { "a.txt": "a" });
      await write(at.path, { "home/.keep": "", "repo/.env": "KEY=1" });
      await harm({ folder: at.path, home: `${at.path}/home`, repo });
      const tools = { environment: { HOME: `${at.path}/home` } };
      await assert.rejects(pack(repo, { tools }), {
        code: "git_failed",
        suggestion: /--include-ignored/,
      });
    });
  }
});

Deno.test("packPlace() of a folder in no repository heeds ignore files above it, which let nothing through", async () => {
  await using at = await temporaryFolder();
  const home = `${at.path}/home`;
  await write(at.path, {
    ".gitignore": ".env\nsub/deep/\n!always\n",
    "sub/a.txt": "a",
    "sub/.env": "KEY=1",
    "sub/always": "w",
    "sub/deep/d": "d",
    "home/.config/git/ignore": "always\n",
  });
  const tools = { environment: { HOME: home } };
  assert.deepEqual(Object.keys(await sent(`${at.path}/sub`, { tools })), ["a.txt"]);
  await assert.rejects(pack(`${at.path}/sub/deep`, { tools }), {
    code: "bad_input",
    suggestion: /--include-ignored/,
  });
  const all = await sent(`${at.path}/sub/deep`, { tools, includeIgnored: true });
  assert.deepEqual(Object.keys(all), ["d"]);
});

Deno.test("packPlace() of a working tree whose nested repository is broken sends what git lists there", async () => {
  await using at = await temporaryFolder();
  const repo = await repository(at.path, { "a.txt": "a" });
  await repository(`${repo}/whole`, { "w": "w" });
  await write(repo, {
    "broken/.git": "gitdir: /nowhere\n",
    "broken/b": "b",
    "broken/.gitignore": "c",
  });
  await write(repo, { "broken/c": "c", "hollow/.git/HEAD": "x", "hollow/h": "h" });
  const names = await sentAsGitLists(repo, { HOME: at.path });
  assert.deepEqual(names, ["a.txt", "broken/.gitignore", "broken/b", "hollow/h"]);
});

Deno.test("gitEnvironment() refuses variables that point git elsewhere, and settings without end", () => {
  for (const name of ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR"]) {
    const env = (asked: string) => asked === name ? "" : undefined;
    assert.throws(() => gitEnvironment(env), { code: "git_failed", message: new RegExp(name) });
  }
  for (const count of ["101", "-1", "x", "1.5"]) {
    const env = (asked: string) => asked === "GIT_CONFIG_COUNT" ? count : undefined;
    assert.throws(() => gitEnvironment(env), { code: "git_failed" }, count);
  }
});

Deno.test("packPlace() asks git with settings without trace, pager and warnings", async () => {
  await using at = await temporaryFolder();
  const repo = await repository(at.path, { "a.txt": "a" });
  const trace = "[trace2]\nnormalTarget = true\neventTarget = 2\nperfTarget = 1\n";
  await write(at.path, { "home/.gitconfig": `${trace}[pager]\nls-files = cat\n` });
  const HOME = `${at.path}/home`;
  assert.match(await usersGit({ HOME }, repo, "ls-files"), /a\.txt/);
  const tools = { environment: { HOME } };
  assert.deepEqual(Object.keys(await sent(repo, { tools })), ["a.txt"]);
});

/** Which homes are used: the user's own, named or trusted, and free of links. */
import assert from "node:assert/strict";
import { lchownSync } from "node:fs";
import { homePaths } from "../../../config/paths.ts";
import { admitHome } from "../../../home/trust/admit_home.ts";
import {
  consentFor,
  readTrustedHomes,
  trustedHomesFile,
  writeTrustedHomes,
} from "../../../home/trust/trusted_homes.ts";

const ME = Deno.uid()!;
const SOMEBODY = ME + 1;

/** A user's folder, and a project with a `.gt` in it. */
async function userFolder() {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "ct-admit-" }));
  const homeDir = `${root}/u`;
  const found = `${root}/u/project/.gt`;
  await Deno.mkdir(`${found}/hooks/mayor-001/crosstown`, { recursive: true });
  const consents = trustedHomesFile(homeDir);
  const admit = (home: string, isUpward: boolean, uid: number | null = ME) =>
    admitHome({ home, source: "", isUpward }, homePaths(home, "mayor-001"), { homeDir, uid });
  return {
    root,
    homeDir,
    found,
    consents,
    admit,
    async trust(path: string) {
      const consent = await consentFor(path, "2026-01-01");
      await writeTrustedHomes(consents, [...await readTrustedHomes(consents), consent]);
    },
    async [Symbol.asyncDispose]() {
      await Deno.remove(root, { recursive: true });
    },
  };
}

const UNTRUSTED = { code: "home_not_trusted" };
const FOREIGN = { code: "home_not_yours" };
const LINKED = { code: "linked_file" };

Deno.test("admitHome() wants a consent for a .gt that was found upward, and says how to give it", async () => {
  await using user = await userFolder();
  await assert.rejects(user.admit(user.found, true), (error: Error & { suggestion: string }) => {
    assert.equal((error as { code?: string }).code, "home_not_trusted");
    assert.ok(error.suggestion.includes(`crosstown home trust ${user.found}`));
    return true;
  });
  await user.trust(user.found);
  await user.admit(user.found, true);
});

Deno.test("admitHome() wants no consent for a named home, nor for the user's own", async () => {
  await using user = await userFolder();
  await user.admit(user.found, false);
  await Deno.mkdir(`${user.homeDir}/.gt`);
  await user.admit(`${user.homeDir}/.gt`, true);
});

Deno.test("admitHome() asks again for a folder that took the place of a trusted one", async () => {
  await using user = await userFolder();
  await user.trust(user.found);
  await Deno.rename(user.found, `${user.found}-old`);
  await Deno.mkdir(user.found);
  await assert.rejects(user.admit(user.found, true), UNTRUSTED);
  await Deno.remove(user.found);
  await Deno.rename(`${user.found}-old`, user.found);
  await user.admit(user.found, true);
});

Deno.test("admitHome() asks again when a pull brings other settings or approvals into a trusted folder", async () => {
  await using user = await userFolder();
  const settings = `${user.found}/crosstown.toml`;
  await user.trust(user.found);
  await user.admit(user.found, true);
  for (const file of [settings, `${user.found}/approved_skills.json`]) {
    await Deno.writeTextFile(file, "# came with a pull\n");
    await assert.rejects(user.admit(user.found, true), {
      ...UNTRUSTED,
      message: /changed since you trusted it/,
    });
    await Deno.remove(file);
    await user.admit(user.found, true);
  }
  await Deno.writeTextFile(`${user.found}/identity.enc`, "what commands keep there\n");
  await user.admit(user.found, true);
});

Deno.test("admitHome() accepts a consent for one place only", async () => {
  await using user = await userFolder();
  await user.trust(user.found);
  await Deno.mkdir(`${user.homeDir}/other`);
  await Deno.rename(user.found, `${user.homeDir}/other/.gt`);
  await assert.rejects(user.admit(`${user.homeDir}/other/.gt`, true), UNTRUSTED);
});

Deno.test("admitHome() refuses a found .gt of another user, consent or not", async () => {
  await using user = await userFolder();
  await user.trust(user.found);
  await assert.rejects(user.admit(user.found, true, SOMEBODY), FOREIGN);
  await assert.rejects(user.admit(user.found, true, null), FOREIGN);
});

for (const mode of [0o775, 0o757]) {
  for (const part of ["project/.gt", "project", ""]) {
    const name = `${mode.toString(8)} at ${part === "" ? "a folder further up" : part}`;
    Deno.test(`admitHome() refuses a found .gt that others can change: ${name}`, async () => {
      await using user = await userFolder();
      await user.trust(user.found);
      const folder = `${user.homeDir}/${part}`.replace(/\/$/, "");
      await Deno.chmod(folder, mode);
      await assert.rejects(
        user.admit(user.found, true),
        (error: Error & { suggestion: string }) => {
          assert.equal((error as { code?: string }).code, "home_not_yours");
          assert.ok(error.suggestion.includes(`chmod go-w ${folder}`), error.suggestion);
          return true;
        },
      );
    });
  }
}

Deno.test("admitHome() takes a sticky folder above, in which nobody renames what is the user's", async () => {
  await using user = await userFolder();
  await user.trust(user.found);
  await Deno.chmod(`${user.homeDir}/project`, 0o1777);
  await user.admit(user.found, true);
  await Deno.chmod(`${user.homeDir}/project`, 0o755);
  await Deno.chmod(user.found, 0o1777);
  await assert.rejects(user.admit(user.found, true), FOREIGN);
});

Deno.test("admitHome() checks the path of a found .gt that is a link, and the path of its target", async () => {
  await using user = await userFolder();
  const link = `${user.homeDir}/.gt-link/.gt`;
  await Deno.mkdir(`${user.homeDir}/.gt-link`);
  await Deno.symlink(user.found, link);
  await user.trust(user.found);
  await user.admit(link, true);
  await Deno.chmod(`${user.homeDir}/project`, 0o777);
  await assert.rejects(user.admit(link, true), FOREIGN);
});

Deno.test("admitHome() takes ~/.gt as a link of the user's to a folder of the user's", async () => {
  await using user = await userFolder();
  const own = `${user.homeDir}/.gt`;
  await Deno.mkdir(`${user.homeDir}/dotfiles/gt`, { recursive: true });
  await Deno.symlink(`${user.homeDir}/dotfiles/gt`, own);
  await user.admit(own, false);
  await user.admit(own, true);
});

Deno.test({
  name: "admitHome() refuses ~/.gt as a link of another user, or to another user's folder",
  // Only root can give files to another user.
  ignore: ME !== 0,
  async fn() {
    await using user = await userFolder();
    const own = `${user.homeDir}/.gt`;
    const target = `${user.homeDir}/dotfiles`;
    await Deno.mkdir(target);
    await Deno.symlink(target, own);
    lchownSync(own, SOMEBODY, SOMEBODY);
    await assert.rejects(user.admit(own, false), FOREIGN);
    lchownSync(own, ME, ME);
    await Deno.chown(target, SOMEBODY, SOMEBODY);
    await assert.rejects(user.admit(own, false), FOREIGN);
  },
});

Deno.test("admitHome() refuses a link under each of the program's own names", async () => {
  await using user = await userFolder();
  const theirs = `${user.root}/theirs`;
  await Deno.mkdir(theirs);
  const state = `${user.found}/hooks/mayor-001/crosstown`;
  const names = [
    `${user.found}/crosstown.toml`,
    `${user.found}/identity.enc`,
    `${user.found}/dev`,
    `${user.found}/terms`,
    `${user.found}/hooks/mayor-001/crosstown.log`,
    `${user.found}/hooks/mayor-001/crosstown.log.1`,
    `${state}/state.lock`,
    `${state}/state.db-wal`,
    `${state}/control.sock`,
    `${state}/.git`,
    `${state}/channels`,
  ];
  for (const name of names) {
    await Deno.symlink(theirs, name);
    await assert.rejects(user.admit(user.found, false), LINKED, name);
    await Deno.remove(name);
  }
  for (const folder of [state, `${user.found}/hooks/mayor-001`, `${user.found}/hooks`]) {
    await Deno.rename(folder, `${folder}-moved`);
    await Deno.symlink(`${folder}-moved`, folder);
    await assert.rejects(user.admit(user.found, false), LINKED, folder);
    await Deno.remove(folder);
    await Deno.rename(`${folder}-moved`, folder);
  }
  // What other programs keep there is theirs.
  await Deno.symlink(theirs, `${user.found}/notes`);
  await user.admit(user.found, false);
});

Deno.test("admitHome() refuses a named home that is no folder, and one below a file; a missing one is made later", async () => {
  await using user = await userFolder();
  const file = `${user.root}/file`;
  await Deno.writeTextFile(file, "");
  await Deno.symlink(file, `${user.root}/link`);
  await Deno.symlink(`${user.root}/nowhere`, `${user.root}/dangling`);
  const links = ["link", "dangling"].map((name) => `${user.root}/${name}`);
  for (const home of [file, `${file}/.gt`, ...links]) {
    await assert.rejects(user.admit(home, false), {
      code: "home_not_folder",
      message: `the home ${home} is no folder`,
    });
  }
  await user.admit(`${user.root}/missing`, false);
});

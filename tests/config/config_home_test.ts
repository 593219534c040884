import assert from "node:assert/strict";
import { load, type World } from "./config_world.ts";

const homes: readonly { name: string; world: World; home: string; source: string }[] = [
  {
    name: "the flag",
    world: { flags: { home: "/x" }, env: { GASTOWN_HOME: "/y" } },
    home: "/x",
    source: "--home",
  },
  {
    name: "a relative flag",
    world: { flags: { home: "../h" } },
    home: "/u/a/project/h",
    source: "--home",
  },
  {
    name: "a flag with a slash at its end",
    world: { flags: { home: "/x//y/" } },
    home: "/x/y",
    source: "--home",
  },
  {
    name: "a variable with a slash at its end",
    world: { env: { GASTOWN_HOME: "~/y/" } },
    home: "/u/a/y",
    source: "GASTOWN_HOME",
  },
  { name: "a flag with ~", world: { flags: { home: "~/h" } }, home: "/u/a/h", source: "--home" },
  {
    name: "the environment",
    world: { env: { GASTOWN_HOME: "/y" }, folders: ["/u/a/project/.gt"] },
    home: "/y",
    source: "GASTOWN_HOME",
  },
  {
    name: "the nearest .gt",
    world: { folders: ["/u/a/project/.gt", "/u/a/.gt"] },
    home: "/u/a/project/.gt",
    source: "nearest .gt",
  },
  {
    name: "an empty variable as none",
    world: { env: { GASTOWN_HOME: "" } },
    home: "/u/a/.gt",
    source: "default",
  },
  { name: "the user's folder", world: {}, home: "/u/a/.gt", source: "default" },
];

for (const { name, world, home, source } of homes) {
  Deno.test(`loadConfig() finds the home by ${name}`, async () => {
    const config = await load(world);
    assert.equal(config.paths.home, home);
    assert.deepEqual(config.explain()[0], { key: "home", value: home, source });
  });
}

Deno.test("loadConfig() places a mayor's files under hooks", async () => {
  const { paths, mayor } = await load({ env: { GASTOWN_MAYOR: "mayor-002" } });
  assert.equal(mayor, "mayor-002");
  assert.equal(paths.stateFolder, "/u/a/.gt/hooks/mayor-002/crosstown");
  assert.equal(paths.logFile, "/u/a/.gt/hooks/mayor-002/crosstown.log");
  assert.equal(paths.identityFile, "/u/a/.gt/identity.enc");
  assert.equal(paths.devFolder, "/u/a/.gt/dev");
  assert.equal((await load({})).mayor, "mayor-001");
});

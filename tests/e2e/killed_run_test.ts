/** What a killed command that runs jobs itself leaves behind. */
import assert from "node:assert/strict";
import { requestEvent } from "../skills/machine.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import { writeSkill } from "../skills/skill_files.ts";
import { testHome, until } from "./process.ts";

const TERMS = `kinds = [5650]
[run]
runner = "command"
command = ["sh", "-c", "touch started; exec sleep 600"]
`;

Deno.test("skill test removes the folder that a killed one left", async () => {
  await using home = await testHome();
  const temp = `${home.path}/temp`;
  await Deno.mkdir(temp);
  const env = { TMPDIR: temp };
  const skill = `${home.path}/slow`;
  await writeSkill(skill, TERMS);
  await Deno.mkdir(`${skill}/fixtures`);
  const request = encodeToon(requestEvent(5650, [["i", "x", "text"]]), "1.4");
  await Deno.writeFile(`${skill}/fixtures/one.toon`, request);
  const folders = () =>
    [...Deno.readDirSync(temp)].map(({ name }) => name).filter((name) =>
      name.startsWith("crosstown-run-")
    );

  const killed = home.start(["skill", "test", skill], { env });
  const work = await until("its job", async () => {
    const [name] = folders();
    const jobs = name === undefined
      ? []
      : await Array.fromAsync(Deno.readDir(`${temp}/${name}/work`)).catch(() => []);
    const started = jobs.map((job) => `${temp}/${name}/work/${job.name}/job/started`);
    return await Deno.lstat(started[0] ?? "").then(() => `${temp}/${name}`, () => null);
  });
  killed.kill("SIGKILL");
  await killed.ended;
  assert.deepEqual(folders().length, 1);
  // A folder may be this old without a lock.
  const old = new Date(Date.now() - 3_600_000);
  await Deno.utime(`${work}/.in-use`, old, old);

  await writeSkill(skill, TERMS.replace("exec sleep 600", ""));
  await home.json(["skill", "test", skill], { env });
  assert.deepEqual(folders(), []);
});

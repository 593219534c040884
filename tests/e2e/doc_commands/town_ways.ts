/** What a test does in a town so that a line of the pages can run there. */
import { type Document, until } from "../process.ts";
import type { DocTown, Way } from "./doc_town.ts";

/** The channel that is not settled, or one that the daemon has settled before the command that would. */
export const channelOf = async (town: DocTown): Promise<string> => {
  const { channels } = await town.json("channel list");
  const open = channels.find(({ status }: Document) => status !== "settled");
  return (open ?? channels[0]).channel_id;
};
export const channel: Way = { put: { CHANNEL: channelOf } };
export const crosstown = (command: string) => (town: DocTown) => town.json(command);
export const MAYOR_DOWN = crosstown("mayor down");
/** A provider's announcement comes to the relay after `node up` has ended. */
export const announced = (skill: string) => (town: DocTown) =>
  until("the announcement", async () => {
    const { code } = await town.run(
      `crosstown job submit ${skill} --kind 5650 --input x --dry-run`,
    );
    return code === 0;
  });
export const FRIEND = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";
export const FUNCTION: Way = { add: "; crosstown --version", cwd: "repository" };
export const WEB: Way = { until: /http:\/\/127\.0\.0\.1:\d+\// };
export const MAYOR: Way = {
  before: MAYOR_DOWN,
  until: /^pubkey/m,
};
/** Shows what happens: so a job happens. */
export const LOOKS: Way = { until: /./, meanwhile: "job submit echo --input seen --again --wait" };

export const WITH_PASSPHRASE = " --passphrase-file ~/passphrase";
export const REPOSITORY_OF_STATE: Way = { cwd: "state" };
export const toItself: Way = {
  put: { "npub1...": async (town) => (await town.json("wallet whoami")).pubkey },
};
export const lastJob: Way = {
  put: { JOB: async (town) => (await town.json("job list")).jobs[0].job_id },
};
/** The dev network's providers have the platform of this machine. */
export const AMD64: Way = {
  cwd: "project",
  put: {
    "linux/amd64": () =>
      Promise.resolve(Deno.build.arch === "x86_64" ? "linux/amd64" : "linux/arm64"),
  },
};
export const sequence: Way = {
  put: {
    SEQUENCE: async (town) => (await town.json("job sequence list")).sequences[0].sequence_id,
  },
};

/** The page's own file, and the project that it names. */
export async function writeSequence(town: DocTown): Promise<void> {
  const page = await Deno.readTextFile(new URL("../../../docs/sequences.md", import.meta.url));
  await town.write("town/sequence.toml", /```toml\n([^]*?)```/.exec(page)![1]);
  await town.run("cp -r ../project project");
}

/** As the README says after a settlement. */
export async function newChannel(town: DocTown): Promise<void> {
  await town.json("mayor down");
  await town.json("channel open --deposit 50");
  await town.json("mayor up --detach");
}

/** Starts one that waits for a long job. */
export async function startSequence(town: DocTown): Promise<void> {
  await town.write(
    "town/slow.toml",
    '[[steps]]\nname = "slow"\ntype = "ci-run"\ninput_file = "project"\nparams = { command = "sleep 600" }\nbid = "0.5"\n',
  );
  await town.json("job sequence run slow.toml");
}

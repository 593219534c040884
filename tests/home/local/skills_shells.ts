/**
 * Starts the skills of a pipeline three times and ends them. Exits with an error if shells are left. A process of its own: the children of
 * other tests would be counted too.
 */
import assert from "node:assert/strict";
import { OWN_PRICES } from "../../../home/local/provider_rules.ts";
import skills from "../../../home/local/skills.ts";
import { sandbox, temporaryFolder, tools } from "../../skills/machine.ts";

const PUBKEY = "11".repeat(32);

/** The processes that this one has started and that are alive. */
async function children(): Promise<number> {
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", 'cat "/proc/$1"/task/*/children', "sh", `${Deno.pid}`],
  }).output();
  return new TextDecoder().decode(stdout).split(/\s+/).filter(Boolean).length - 1;
}

/** Waits until that many more than before are alive, a minute at most. */
async function waitFor(count: number): Promise<void> {
  for (let i = 0; i < 600 && await children() !== count; i++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.equal(await children(), count);
}

await using folder = await temporaryFolder();
const before = await children();
for (let round = 0; round < 3; round++) {
  const over = new AbortController();
  const endings: (() => Promise<void>)[] = [];
  await skills(
    {
      ...{ pubkey: PUBKEY, concurrency: 4, limitBytes: 60_000 },
      rules: {
        ...{ pubkey: PUBKEY, platform: "linux/amd64", prices: [] },
        ...{ asked: OWN_PRICES, allowBuyers: null },
      },
      hosting: {
        ...{ tools, sandbox, platform: "linux/amd64", folders: [], approvals: [] },
        ...{ policy: { ownNetwork: true, allowBuyers: [] }, workFolder: folder.path },
      },
    },
    // Nothing asks the store before a document comes.
    { store: {} as Parameters<typeof skills>[1]["store"] },
    {
      ...{ signal: over.signal, clock: Date.now, log: () => {}, count: () => {} },
      atEnd: (work) => void endings.push(work),
    },
  );
  await waitFor(before + 4);
  over.abort();
  await Promise.all(endings.map((work) => work()));
  // Nothing is left to do for the worker, which ends now.
  assert.equal(await children(), before);
}

/**
 * kill -9 of a real process at each step of open, deposit, close and settle. The next process ends with the same channel and the same
 * money: one opening, one deposit, whatever was signed, sent or mined before.
 */
import { START_FLAGS } from "../../../shell/run_flags.ts";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Hex } from "viem";
import type { CrashPoint } from "../../../base/crash_point.ts";
import { chainTest, useChain } from "../../contracts/chain.ts";
import { placeOf } from "./wallets.ts";

const node = useChain();
const CHILD = fileURLToPath(new URL("./manager_child.ts", import.meta.url));

type Die = { readonly call: string; readonly when: "before" | "after" } | {
  readonly point: CrashPoint;
  readonly nth: number;
};

/** What the child printed, or null where it was killed. */
async function child(
  folder: string,
  op: string,
  die?: Die,
): Promise<Record<string, unknown> | null> {
  const task = {
    place: await placeOf(node()),
    folder,
    op,
    peer: node().bob.address,
    ...deathOf(die),
  };
  const output = await new Deno.Command(Deno.execPath(), {
    args: [
      ...[
        "run",
        ...START_FLAGS,
        "--no-check",
      ],
      ...["--allow-read", "--allow-write", "--allow-net=127.0.0.1", "--allow-run"],
      ...["--allow-env", "--allow-sys", CHILD, JSON.stringify(task)],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (output.signal === "SIGKILL") return null;
  assert.equal(output.code, 0, new TextDecoder().decode(output.stderr));
  return JSON.parse(new TextDecoder().decode(output.stdout));
}

function deathOf(die: Die | undefined) {
  return die === undefined ? {} : "point" in die ? { at: die } : { die };
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "k" });
  try {
    const { alice, token } = node();
    await node().sendTo(token, alice, "faucet", [alice.address, 10_000n]);
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const channels = () =>
  node().client.readContract({
    address: node().network,
    abi: [{
      type: "function",
      name: "channelCounter",
      stateMutability: "view",
      inputs: [],
      outputs: [{ type: "uint256" }],
    }] as const,
    functionName: "channelCounter",
  });
const advance = async () => {
  await node().client.increaseTime({ seconds: 3_601 });
  await node().client.mine({ blocks: 1 });
};

for (const call of ["openChannel", "approve", "setTotalDeposit"]) {
  for (const when of ["before", "after"] as const) {
    chainTest(
      `createChannelManager() killed ${when} its ${call} was sent opens that channel and no other`,
      () =>
        inFolder(async (folder) => {
          assert.equal(await child(folder, "open", { call, when }), null);
          const view = await child(folder, "ensure");
          assert.equal(view?.status, "open");
          assert.equal(await channels(), 1n);
          const { alice } = node();
          assert.equal((await node().side(view.channelId as Hex, alice.address))[0], 1_000n);
          assert.equal(await node().balanceOf(alice.address), 9_000n);
        }),
    );
  }
}

/** Places that a home reaches while it opens a channel, and how often. */
const PLACES: readonly (readonly [CrashPoint, readonly number[]])[] = [
  ["transaction.signed", [1, 3]],
  ["transaction.before_broadcast", [2]],
  ["transaction.broadcast", [3]],
  ["commit.transaction.before", [1]],
  ["commit.transaction.after", [2]],
  ["commit.channel.before", [2]],
  ["commit.channel.after", [1]],
];

for (const [point, times] of PLACES) {
  for (const nth of times) {
    chainTest(
      `createChannelManager() killed at ${point}, time ${nth}, opens one channel with one deposit`,
      () =>
        inFolder(async (folder) => {
          assert.equal(await child(folder, "open", { point, nth }), null, "it was killed there");
          const view = await child(folder, "ensure");
          assert.equal(view?.status, "open");
          assert.equal(await channels(), 1n);
          const { alice } = node();
          assert.equal((await node().side(view.channelId as Hex, alice.address))[0], 1_000n);
          assert.equal(await node().balanceOf(alice.address), 9_000n);
        }),
    );
  }
}

for (const [op, call] of [["deposit", "approve"], ["deposit", "setTotalDeposit"]]) {
  for (const when of ["before", "after"] as const) {
    chainTest(
      `createChannelManager() killed ${when} the ${call} of a deposit was sent deposits it once`,
      () =>
        inFolder(async (folder) => {
          const opened = await child(folder, "open");
          assert.equal(await child(folder, op, { call, when }), null);
          const view = await child(folder, "wait");
          assert.equal(view?.channelId, opened?.channelId);
          const { alice } = node();
          assert.equal((await node().side(view!.channelId as Hex, alice.address))[0], 1_500n);
          assert.equal(await node().balanceOf(alice.address), 8_500n);
        }),
    );
  }
}

for (const when of ["before", "after"] as const) {
  chainTest(
    `createChannelManager() killed ${when} its close and its settlement were sent ends with all its money`,
    () =>
      inFolder(async (folder) => {
        await child(folder, "open");
        assert.equal(await child(folder, "close", { call: "closeChannel", when }), null);
        assert.equal((await child(folder, "wait"))?.status, "closed");
        await advance();
        assert.equal(await child(folder, "settle", { call: "settleChannel", when }), null);
        assert.equal((await child(folder, "wait"))?.status, "settled");
        assert.equal(await node().balanceOf(node().alice.address), 10_000n);
        assert.equal(await node().balanceOf(node().network), 0n);
      }),
  );
}

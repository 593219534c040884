/** What `doctor` reports about a real chain and its contracts. */
import assert from "node:assert/strict";
import { keccak256 } from "viem";
import { chainCheck } from "../../../commands/doctor/chain_check.ts";
import type { Profile } from "../../../config/profile.ts";
import { BASE_SEPOLIA } from "../../../config/base_sepolia.ts";
import { chainTest, useChain } from "../../contracts/chain.ts";

const node = useChain();

/** A profile of the test's contracts, with the changes of a case. */
function profile(over: Partial<Profile["chain"]>): Profile {
  const { client, chainId, registry, token, network } = node();
  return {
    ...BASE_SEPOLIA,
    name: "local",
    asset: { code: "M2M", scale: 18 },
    chain: {
      chainId,
      tokenNetworkAddress: network,
      factsFile: null,
      rpcUrls: [client.transport.url!],
      confirmations: 1,
      tokenAddress: token,
      registryAddress: registry,
      ...over,
    },
  };
}

const codeHash = async () => keccak256((await node().client.getCode({ address: node().network }))!);

interface Case {
  readonly name: string;
  readonly chain?: () => Promise<Partial<Profile["chain"]>>;
  readonly before?: () => Promise<unknown>;
  readonly status: string;
  readonly says: RegExp;
  /** How far this machine's clock is ahead of the newest block. */
  readonly aheadMs?: number;
}

const cases: readonly Case[] = [
  { name: "code that nobody pinned", status: "warn", says: /was not compared/ },
  {
    name: "the pinned code",
    chain: async () => ({ tokenNetworkCodeHash: await codeHash() }),
    status: "ok",
    says: /its code is the pinned one/,
  },
  {
    name: "another code than the pinned one",
    chain: () => Promise.resolve({ tokenNetworkCodeHash: `0x${"12".repeat(32)}` }),
    status: "fail",
    says: /not the one that the profile pins/,
  },
  {
    name: "a paused network",
    before: () => node().send(node().owner, "pause"),
    status: "warn",
    says: /is paused/,
  },
  {
    name: "a newest block of ten minutes ago",
    chain: async () => ({ tokenNetworkCodeHash: await codeHash() }),
    status: "warn",
    says: /its newest block, \d+, is \d+ minutes old/,
    aheadMs: 600_000,
  },
  {
    name: "another chain",
    chain: () => Promise.resolve({ chainId: 84_532 }),
    status: "fail",
    says: /chain/,
  },
  {
    name: "a chain that is away",
    chain: () => Promise.resolve({ rpcUrls: ["http://127.0.0.1:1"] }),
    status: "fail",
    says: /127\.0\.0\.1/,
  },
  {
    name: "no chain",
    chain: () => Promise.resolve({ rpcUrls: [] }),
    status: "ok",
    says: /asks none/,
  },
];

for (const { name, chain, before, status, says, aheadMs = 0 } of cases) {
  chainTest(`doctor tells of the chain: ${name}`, async () => {
    await before?.();
    const { timestamp } = await node().client.getBlock();
    const nowMs = Number(timestamp) * 1_000 + aheadMs;
    // What is away is waited for to the end.
    const timeoutMs = name === "a chain that is away" ? 5_000 : 60_000;
    const check = await chainCheck({ profile: profile(await chain?.() ?? {}) }, timeoutMs, nowMs);
    assert.equal(check.status, status, check.message);
    assert.match(check.message, says);
    assert.equal(check.suggestion === null, status === "ok");
  });
}

Deno.test("doctor says how to start the dev network again if its chain is down, and which setting names another RPC of Base Sepolia", async () => {
  const away = profile({
    rpcUrls: ["http://127.0.0.1:1"],
    chainId: 31_337,
    tokenNetworkAddress: `0x${"1".repeat(40)}`,
    tokenAddress: `0x${"2".repeat(40)}`,
    registryAddress: `0x${"3".repeat(40)}`,
  });
  for (
    const [name, suggestion] of [
      ["dev", /'crosstown dev down'/],
      ["base-sepolia", /'crosstown config set base_sepolia_rpc URL'/],
      ["club", /rpc_urls/],
    ] as const
  ) {
    const check = await chainCheck({ profile: { ...away, name } }, 5_000, Date.now());
    assert.match(check.suggestion!, suggestion);
  }
});

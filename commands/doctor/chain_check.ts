/**
 * The chain's part of `doctor`: whether the chain answers, whether the profile's contracts are deployed, whether anybody compared their
 * code, who may pause them, and whether its newest block is fresh (docs/money.md#channels).
 *
 * @module
 */
import { codeOf, messageOf } from "../../base/thrown.ts";
import type { Config } from "../../config/config.ts";
import { chainOptionsOf } from "../../home/channel_services.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import type { Check } from "./check.ts";

/** Asks the profile's chain, from a worker whose only permission is its RPC host. */
export async function chainCheck(
  { profile }: Pick<Config, "profile">,
  timeoutMs: number,
  nowMs: number,
): Promise<Check> {
  const options = chainOptionsOf(profile);
  const { evm } = options;
  if (!evm) {
    const factsFile = profile.chain.factsFile;
    return {
      name: "chain",
      status: "ok",
      message: factsFile === null
        ? "this network asks none: nothing is locked there"
        : `${factsFile} speaks for it`,
      suggestion: null,
    };
  }
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const startedAt = performance.now();
    const handle = await supervisor.service("chain", {
      ...options,
      evm: { ...evm, timeoutMs, deadlineMs: timeoutMs },
    });
    const client = handle.client();
    const { tokenNetwork, owner, paused } = await client.contracts();
    const elapsedMs = Math.round(performance.now() - startedAt);
    const found = `chain ${profile.chain.chainId} answers in ${elapsedMs} ms; network ` +
      `${tokenNetwork}, which ${nobody(owner) ? "nobody known" : owner} may pause`;
    if (paused) {
      return {
        name: "chain",
        status: "warn",
        message: `${found}, is paused: channels can be neither opened nor deposited into`,
        suggestion: "wait, or ask the operator of the network; claims and closes still work",
      };
    }
    const { blockNumber, timestampMs } = await client.head();
    const ageMs = nowMs - timestampMs;
    // The dev network's chain makes a block when there is a transaction, and its clock can be moved.
    if (profile.name !== "dev" && ageMs > STALE_MS) {
      return {
        name: "chain",
        status: "warn",
        message: `${found}; its newest block, ${blockNumber}, is ${
          Math.floor(ageMs / 60_000)
        } minutes old: no payments are taken while a close could be missed`,
        suggestion:
          "name another RPC in rpc_urls under the network's chain table; if all say the same, check this machine's clock",
      };
    }
    if (evm.tokenNetworkCodeHash === null) {
      return {
        name: "chain",
        status: "warn",
        message: `${found}; its code was not compared: the profile pins no hash`,
        suggestion:
          "pin it: token_network_code_hash, the Keccak-256 of the code there, in the profile's chain table",
      };
    }
    const whose = evm.tokenNetworkCodeHash === undefined ? "ours" : "the pinned one";
    return {
      name: "chain",
      status: "ok",
      message: `${found}; its code is ${whose}`,
      suggestion: null,
    };
  } catch (error) {
    return {
      name: "chain",
      status: "fail",
      message: messageOf(error),
      suggestion: SUGGESTIONS[codeOf(error) ?? ""] ??
        (profile.name === "dev"
          ? "'crosstown dev down', then 'crosstown dev up --detach' starts the network anew"
          : profile.name === "base-sepolia"
          ? "check your network connection; 'crosstown config set base_sepolia_rpc URL' names an RPC of your own"
          : "check your network connection, and rpc_urls under the network's chain table"),
    };
  } finally {
    await supervisor.stop(0);
  }
}

/** A chain makes blocks every few seconds; an RPC that gives none for this long is behind. */
const STALE_MS = 300_000;

const SUGGESTIONS: Readonly<Record<string, string>> = {
  wrong_chain: "chain_id and rpc_urls of the profile must belong to the same chain",
  wrong_contract: "pay nothing there until you know why: the profile names other contracts",
  wrong_token: "compare token_address and asset of the profile",
};

function nobody(owner: string): boolean {
  return /^0x0{40}$/.test(owner);
}

import assert from "node:assert/strict";
import type { HDAccount } from "viem/accounts";
import { startRestingManager } from "../../home/resting_manager.ts";
import { makeWorker } from "../../home/workers/groups.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import { chainTest } from "../contracts/chain.ts";
import { credit, DEPOSIT, node, until } from "../money/channels/watched_chain.ts";
import { walletFolder } from "./wallet_folder.ts";

chainTest(
  "startRestingManager() ends the workers of manager and chain, and looks in time to answer a close",
  async () => {
    await using made = await walletFolder();
    const started: string[] = [];
    const supervisor = createSupervisor({
      log: () => {},
      spawn(name, permissions, units) {
        started.push(name.replace(/#.*/, ""));
        return makeWorker(units, { type: "module", name, deno: { permissions } });
      },
    });
    const starts = (name: string) => started.filter((each) => each === name).length;
    try {
      const { alice, client, network, token, registry, chainId } = node();
      const folder = made.options.paths.stateFolder;
      await Deno.mkdir(folder, { recursive: true });
      const store = await supervisor.service("store", { folder, journal: true });
      const signer = await supervisor.service("signer", {
        wallet: made.options.keys,
        ceilings: made.options.ceilings,
        allow: [{ chainId, tokenNetworkAddress: network, tokenAddress: token }],
        snapshot: "stored",
      }, { store });
      const address = made.identity.paymentAddress as `0x${string}`;
      await client.setBalance({ address, value: 10n ** 18n });
      const chain = await supervisor.whenNeeded(
        "chain",
        {
          factsFile: null,
          evm: {
            rpcUrls: [client.transport.url!],
            chainId,
            registryAddress: registry,
            tokenAddress: token,
            confirmations: 1,
          },
        },
        {},
        20,
      );
      const graces: number[] = [];
      const { handle, rests } = await startRestingManager(
        supervisor,
        "channel-manager",
        { watchAtStart: true, watchEveryMs: 20 },
        { store, signer, chain },
        {
          log: () => {},
          restAfterMs: 20,
          untilLookMs(rows) {
            graces.push(...rows.map(({ settlementTimeoutS }) => settlementTimeoutS));
            return 20;
          },
        },
      );
      // Without a channel it rests and looks, again and again.
      await until(() => Promise.resolve(starts("channel-manager") >= 3 && starts("chain") >= 2));
      await node().fund(alice, DEPOSIT);
      const channelId = await node().open(alice, { address } as HDAccount);
      await node().send(alice, "setTotalDeposit", channelId, alice.address, DEPOSIT);
      await credit({ store: store.client() }, channelId, 700n);
      await until(() => Promise.resolve(graces.includes(3_600) && rests()));
      await node().send(alice, "closeChannel", channelId);
      await until(async () => await node().balanceOf(address) === 700n);
      // A closed channel is in work until it is settled.
      const [{ status }] = await handle.client().list();
      assert.deepEqual([status, rests()], ["closed", false]);
    } finally {
      await supervisor.stop();
    }
  },
);

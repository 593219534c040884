/** The chain service in a worker that reaches only the RPC's host. */
import assert from "node:assert/strict";
import { createSupervisor } from "../../../home/workers/supervisor.ts";
import { definition } from "../../../money/evm/chain_service.ts";
import { chainTest, useChain } from "../../contracts/chain.ts";
import { callsOf, optionsFor } from "./on_node.ts";

const node = useChain();

chainTest(
  "chain service answers over its port, with the contract's reason in a refusal",
  async () => {
    const at = node();
    const supervisor = createSupervisor({ log: () => {}, deadMs: 120_000 });
    try {
      const options = { factsFile: null, evm: optionsFor(at) };
      const handle = await supervisor.service("chain", options);
      const chain = handle.client();
      assert.equal((await chain.contracts()).tokenNetwork, at.network.toLowerCase());
      const id = await at.open(at.alice, at.bob);
      assert.equal((await chain.channel(id))?.state, "open");
      await assert.rejects(() => chain.quote(callsOf(at).open(at.alice), at.alice.address), {
        name: "ChainError",
        code: "reverted",
        reason: "InvalidParticipant",
      });
    } finally {
      await supervisor.stop(0);
    }
  },
);

Deno.test("chain service asks for the hosts of its RPC addresses with their ports, or its file, and no more", () => {
  const evm = {
    rpcUrls: ["https://user:pw@rpc.example/v3/key", "http://127.0.0.1:8545", "https://rpc.example"],
    chainId: 1,
    registryAddress: "",
    tokenAddress: "",
  };
  assert.deepEqual(definition.permissions({ factsFile: null, evm }), {
    net: ["rpc.example:443", "127.0.0.1:8545"],
  });
  assert.deepEqual(definition.permissions({ factsFile: "/f" }), { read: ["/f"] });
  assert.deepEqual(definition.permissions({ factsFile: null }), {});
});

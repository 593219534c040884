import assert from "node:assert/strict";
import { chainTest, proofOf, useChain } from "./chain.ts";

const chain = useChain();
const HOUR = 3_600n;
const DOCUMENT = new URL("../../docs/contracts.md", import.meta.url);

/** Gas of a call as documented: rows `| call, remark | 12,345 |` under its heading. */
function documentedGas(): Map<string, number> {
  const text = Deno.readTextFileSync(DOCUMENT);
  const table = text.slice(text.indexOf("## Gas"), text.indexOf("## Deploy"));
  return new Map(
    [...table.matchAll(/^\| `([^|]+)` +\| +([\d,]+) +\|$/gm)].map(([, call, gas]) =>
      [call, Number(gas.replaceAll(",", ""))] as const
    ),
  );
}

chainTest("docs/contracts.md has the gas of each call, within a hundredth", async () => {
  const { alice, bob, owner, stranger, token, network, send, sendTo, sign, fund, later } = chain();
  const measured = new Map<string, number>();
  const cost = (
    name: string,
    { error, gasUsed }: { readonly error: string | null; readonly gasUsed: bigint },
  ) => {
    assert.equal(error, null, name);
    measured.set(name, Number(gasUsed));
  };
  await sendTo(token, alice, "faucet", [alice.address, 10n ** 21n]);
  cost("approve", await sendTo(token, alice, "approve", [network, 10n ** 21n]));
  const opened = await send(alice, "openChannel", bob.address, HOUR);
  cost("openChannel", opened);
  const id = opened.events[0].args.channelId as `0x${string}`;
  const deposit = (total: bigint) => send(alice, "setTotalDeposit", id, alice.address, total);
  cost("setTotalDeposit", await deposit(10n ** 20n));
  cost("setTotalDeposit again", await deposit(2n * 10n ** 20n));
  const claim = (nonce: number, amount: bigint) => {
    const proof = proofOf(id, nonce, amount);
    return send(bob, "claimFromChannel", id, proof, sign(alice, proof));
  };
  cost("claimFromChannel", await claim(1, 10n ** 18n));
  cost("claimFromChannel again", await claim(2, 3n * 10n ** 18n));
  cost("closeChannel", await send(alice, "closeChannel", id));
  await later(HOUR);
  cost("settleChannel", await send(alice, "settleChannel", id));
  const old = await send(alice, "openChannel", bob.address, HOUR);
  await later(365n * 24n * HOUR);
  const oldId = old.events[0].args.channelId;
  cost("forceCloseExpiredChannel", await send(stranger, "forceCloseExpiredChannel", oldId));
  await fund(bob, 1n);
  cost("pause", await send(owner, "pause"));
  cost("unpause", await send(owner, "unpause"));

  const documented = documentedGas();
  assert.deepEqual([...documented.keys()], [...measured.keys()]);
  for (const [name, gas] of measured) {
    const said = documented.get(name)!;
    assert.ok(Math.abs(said - gas) <= gas / 100, `${name}: measured ${gas}, documented ${said}`);
  }
});

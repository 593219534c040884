/** One mayor of a home pays with a wallet. */
import assert from "node:assert/strict";
import { refuseSecondMayor } from "../../../shell/home/one_mayor.ts";
import type { Config } from "../../../config/config.ts";
import { homePaths } from "../../../config/paths.ts";
import { claimWallet, otherMayors, payerOf } from "../../../home/trust/wallet_payer.ts";
import { snapshotName } from "../../../money/signer/signer.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";

const ADDRESS = `0x${"ab".repeat(20)}`;
const OTHER = `0x${"cd".repeat(20)}`;

async function homeOf(...mayors: string[]) {
  const home = await Deno.makeTempDir({ prefix: "ct-payer-" });
  const make = async (mayor: string) => {
    const folder = homePaths(home, mayor).stateFolder;
    const store = await openSqliteStore({ folder, clock: Date.now });
    return { folder, store };
  };
  for (const mayor of mayors) await (await make(mayor)).store.close();
  return {
    home,
    make,
    refuse: (mayor: string, address = ADDRESS) =>
      refuseSecondMayor(
        { paths: homePaths(home, mayor), mayor } as Config,
        () => Promise.resolve(address),
      ),
    [Symbol.asyncDispose]: () => Deno.remove(home, { recursive: true }),
  };
}

Deno.test("claimWallet() keeps the wallet for the mayor that came first, and another wallet is free", async () => {
  await using at = await homeOf("m1", "m2");
  assert.equal(await claimWallet(at.home, ADDRESS, "m1"), "m1");
  assert.equal(await claimWallet(at.home, ADDRESS, "m1"), "m1");
  assert.equal(await claimWallet(at.home, ADDRESS, "m2"), "m1");
  assert.equal(await claimWallet(at.home, OTHER, "m2"), "m2");
  await assert.rejects(at.refuse("m2"), { code: "second_mayor" });
  await at.refuse("m1");
  await at.refuse("m2", OTHER);
});

Deno.test("claimWallet() by many mayors at once names one of them to all", async () => {
  const mayors = Array.from({ length: 8 }, (_, n) => `m${n}`);
  await using at = await homeOf(...mayors);
  const named = await Promise.all(mayors.map((mayor) => claimWallet(at.home, ADDRESS, mayor)));
  assert.equal(new Set(named).size, 1);
  assert.equal(await payerOf(at.home, ADDRESS), named[0]);
});

Deno.test("claimWallet() takes over the wallet of a mayor whose state is gone", async () => {
  await using at = await homeOf("m1", "m2");
  await claimWallet(at.home, ADDRESS, "m1");
  await Deno.remove(`${at.home}/hooks/m1`, { recursive: true });
  assert.equal(await payerOf(at.home, ADDRESS), null);
  assert.equal(await claimWallet(at.home, ADDRESS, "m2"), "m2");
});

Deno.test("refuseSecondMayor() finds a mayor that signed with the wallet before anybody noted it", async () => {
  await using at = await homeOf();
  const { store } = await at.make("m1");
  const sealed = new Uint8Array(64);
  await store.commit([{ op: "putSnapshot", name: snapshotName(ADDRESS), counter: 1, sealed }]);
  await store.close();
  await assert.rejects(at.refuse("m2"), { code: "second_mayor" });
  await at.refuse("m2", OTHER);
  await at.refuse("m1");
});

Deno.test("refuseSecondMayor() asks for no address in a home of one mayor", async () => {
  await using at = await homeOf("m1");
  await Deno.mkdir(`${at.home}/hooks/notes`);
  const config = { paths: homePaths(at.home, "m1"), mayor: "m1" } as Config;
  await refuseSecondMayor(config, () => Promise.reject(new Error("asked")));
  assert.deepEqual(await otherMayors(at.home, "m2"), ["m1"]);
});

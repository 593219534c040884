/**
 * A folder with a new wallet, and the options of a home that uses it.
 *
 * @module
 */
import { createSupervisor } from "../../home/workers/supervisor.ts";
import { BASE_SEPOLIA } from "../../config/base_sepolia.ts";
import { homePaths } from "../../config/paths.ts";

/** Ceilings of one base unit. */
const CEILINGS = {
  perPacketUnits: 1n,
  perChannelUnits: 1n,
  perHourUnits: 1n,
  perDayUnits: 1n,
};

/** Makes it; disposing removes the folder. */
export async function walletFolder() {
  const root = await Deno.makeTempDir({ prefix: "ct-" });
  const supervisor = createSupervisor({ log: () => {} });
  const maker = await supervisor.service("key-maker", { folders: [root] });
  const files = { keyFile: `${root}/w.enc`, passphraseFile: `${root}/w.pass` };
  const identity = await maker.client().make(files);
  await supervisor.stop();
  const options = {
    paths: homePaths(root, "mayor-001"),
    profile: {
      ...BASE_SEPOLIA,
      relayUrl: "ws://127.0.0.1:1/",
      connectorBtp: "btp+ws://127.0.0.1:1",
      chain: { ...BASE_SEPOLIA.chain, rpcUrls: [] },
    },
    keys: { identityFile: files.keyFile, passphrase: { file: files.passphraseFile } },
    ceilings: CEILINGS,
    limits: { eventBytes: 65_536, prepareDataBytes: 32_767, frameBytes: 1_048_576 },
    log: () => {},
    oneOff: true,
    lockWaitMs: 0,
  } as const;
  return {
    root,
    files,
    identity,
    options,
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

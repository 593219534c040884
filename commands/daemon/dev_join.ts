/**
 * How a provider's home joins the embedded network of another home (`node up --network dev --home OTHER`). It gets its own wallet, tokens
 * and gas from the network's faucet, a route at its connector, and the network's profile. The other home is the one that would be used
 * without `--home`, or the one whose network was joined last.
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import { devLayout, type DevParty } from "../../network/dev/layout.ts";
import type { HomePaths } from "../../config/paths.ts";
import { type ControlClient, controlClient } from "../../home/control/control_client.ts";
import { readPlainText, replacePlainFile } from "../../base/files/plain_file.ts";
import type { WalletIdentity } from "../../money/wallet/key_maker_service.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError } from "../../shell/errors.ts";
import { checkSameBuild, type Served } from "../../shell/home/same_build.ts";
import type { AtWork } from "../../shell/home/same_network.ts";
import { configOf, pathsOf } from "../../shell/home/load_config.ts";

/** The contents of `dev/joined.json`: which network a home has joined. */
interface Joined {
  /** The home that runs the network. */
  readonly host: string;
  readonly pubkey: string;
  readonly paymentAddress: string;
}

/**
 * Joins the network if this home uses `dev` and runs no such network itself. Joining again changes nothing while the network runs.
 *
 * @throws {CommandError} `own_dev_network` in the network's own home, `not_up` if no network is running, `other_version`
 */
export async function joinDevNetwork(invocation: Invocation): Promise<void> {
  const { globals } = invocation;
  const here = await pathsOf(invocation);
  const before = await readJoined(here);
  if (!await meansDev(invocation, before)) return;
  await refuseOwnNetwork(here);
  const usual = await pathsOf({ ...invocation, globals: { ...globals, home: undefined } })
    .catch(() => null);
  const hosts = [...new Set([usual?.home, before?.host])]
    .filter((each): each is string => each !== undefined && each !== here.home);
  for (const host of hosts) {
    const network = await networkOf(host);
    if (network === null) continue;
    try {
      const served = await network.call("status") as Served;
      await checkSameBuild(served, { role: "dev", home: host });
      return await join(here, host, before, network);
    } finally {
      network.close();
    }
  }
  throw new CommandError(
    "not_up",
    `no dev network is up in ${hosts.length === 0 ? "this home" : hosts.join(" or ")}`,
    "run 'crosstown dev up --detach' in one home, and set GASTOWN_HOME to it when another home joins",
  );
}

/**
 * The problem of a daemon whose home joined a dev network: the network is down, or another one runs there now. Null without a problem, if
 * the home joined no network, or if the network's process does not answer.
 */
export async function goneJoinedNetwork(
  here: HomePaths,
  { role, network, relay_pubkey }: AtWork,
): Promise<CommandError | null> {
  const joined = network === "dev" ? await readJoined(here) : null;
  if (joined === null) return null;
  const there = await networkOf(joined.host);
  const now = there === null ? null : await toldBy(there);
  if (now === undefined || now?.relay_pubkey === relay_pubkey) return null;
  const home = `--home ${here.home}`;
  const stop = `stop it with 'crosstown ${role} down ${home}'`;
  const join = `'crosstown ${role} up --network dev ${home}'`;
  return new CommandError(
    "other_network",
    `the ${role} joined a dev network of ${joined.host} that is down${
      now === null ? "" : `; the one that is up there is at ${now.relay_url}`
    }`,
    now === null
      ? `${stop}; after 'crosstown dev up --detach' in ${joined.host} ${join} joins again`
      : `${stop}, then ${join} joins the one that is up`,
  );
}

/**
 * Whether the command is for `dev`: by `--network`, otherwise by the default. A home that joined a dev network uses `dev` unless the user
 * names another network.
 */
async function meansDev(invocation: Invocation, before: Joined | null): Promise<boolean> {
  if (invocation.globals.network !== undefined) return invocation.globals.network === "dev";
  const config = await configOf(invocation);
  const network = config.explain().find(({ key }) => key === "network")!;
  return network.value === "dev" || network.source === "default" && before !== null;
}

/** Refuses the home of a dev network that is running. Throws CommandError `own_dev_network`. */
export async function refuseOwnNetwork(here: Pick<HomePaths, "home">): Promise<void> {
  const own = await networkOf(here.home);
  if (own === null) return;
  own.close();
  throw new CommandError(
    "own_dev_network",
    "this home is the buyer of its dev network and cannot be its provider too",
    "run a provider of your own in another home: crosstown node up --network dev --home OTHER",
  );
}

async function join(
  here: HomePaths,
  host: string,
  before: Joined | null,
  network: ControlClient,
): Promise<void> {
  const { folder, buyer: wallet } = devLayout(here.home);
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const { pubkey, paymentAddress } = before ?? await makeWallet(wallet);
  const joined: Joined = { host, pubkey, paymentAddress };
  await replacePlainFile(joinedFile(here), `${JSON.stringify(joined)}\n`);
  const { profile } = await network.call("join", { pubkey, paymentAddress }) as {
    readonly profile: string;
  };
  await replacePlainFile(here.devProfileFile, profile);
}

/** Files without a `joined.json` belong to a network that was killed. They have no value. */
async function makeWallet(files: DevParty): Promise<WalletIdentity> {
  for (const path of [files.keyFile, files.passphraseFile]) {
    await Deno.remove(path).catch(ignoreMissing);
  }
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const maker = await supervisor.service("key-maker", { folders: [files.folder] });
    return await maker.client().make(files);
  } finally {
    await supervisor.stop(0);
  }
}

function joinedFile({ devFolder }: HomePaths): string {
  return `${devFolder}/joined.json`;
}

async function readJoined(here: HomePaths): Promise<Joined | null> {
  let text: string;
  try {
    text = await readPlainText(joinedFile(here));
    // The note is useful only together with the wallet.
    await Deno.stat(devLayout(here.home).buyer.keyFile);
  } catch (error) {
    ignoreMissing(error);
    return null;
  }
  try {
    const { host, pubkey, paymentAddress } = JSON.parse(text);
    return { host: String(host), pubkey: String(pubkey), paymentAddress: String(paymentAddress) };
  } catch {
    return null;
  }
}

/** The status of a network's process; undefined if it does not answer in time or ends. */
async function toldBy(network: ControlClient): Promise<AtWork | undefined> {
  const signal = AbortSignal.timeout(STATUS_MS);
  try {
    return await network.call("status", undefined, { signal }) as AtWork;
  } catch {
    return undefined;
  } finally {
    network.close();
  }
}

const STATUS_MS = 5_000;

async function networkOf(home: string): Promise<ControlClient | null> {
  try {
    return await controlClient(devLayout(home).controlSocket);
  } catch (error) {
    if (codeOf(error) === "no_daemon") return null;
    throw error;
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

/**
 * The values of a home that a shell completes: ids of jobs, sequences and channels, names of networks and mayors, keys of settings. The shell asks at each
 * key press, so this opens no keys and no network connection, and an unusable home offers nothing.
 *
 * @module
 */
import { nameOf } from "../../money/channels/views.ts";
import type { Store } from "../../store/store.ts";
import { settingRows } from "../../config/config_schema.ts";
import { namedKey, namedKeysOf } from "../../config/named_keys.ts";
import { configText } from "../../shell/home/write_config.ts";
import { configOf, pathsOf } from "../../shell/home/load_config.ts";
import { readStore, storeIsThere } from "../../shell/home/read_store.ts";
import type { Invocation } from "../../shell/command.ts";
import type { HomeValues } from "../../shell/option_spec.ts";
import type { Offer } from "./tables.ts";

/** The shell expands the offered words, so only words without special characters are offered. */
const SAFE = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** The most ids that are offered, the newest first. */
const MAX_IDS = 100;

/** The values of one source in this home, newest first. The list is empty if there is no home, or none that may be read. */
export async function homeValues(
  invocation: Pick<Invocation, "globals" | "io">,
  source: HomeValues,
): Promise<readonly Offer[]> {
  try {
    return (await READERS[source](invocation)).filter(({ word }) => SAFE.test(word));
  } catch {
    return []; // Completion prints no errors; the command itself will report this one.
  }
}

type Reader = (invocation: Pick<Invocation, "globals" | "io">) => Promise<readonly Offer[]>;

const READERS: Readonly<Record<HomeValues, Reader>> = {
  job: ofStore(async (store) =>
    (await store.listJobs({ limit: MAX_IDS }))
      .map(({ jobId, type, status }) => ({ word: jobId, summary: `${type}, ${status}` }))
  ),
  sequence: ofStore(async (store) =>
    (await store.listSequences({ limit: MAX_IDS }))
      .map(({ sequenceId, name, status }) => ({
        word: sequenceId,
        summary: name === null ? status : `${name}, ${status}`,
      }))
  ),
  channel: ofStore(async (store) =>
    (await store.listChainChannels()).slice(0, MAX_IDS)
      .map((row) => ({ word: nameOf(row), summary: row.status }))
  ),
  network: async (invocation) =>
    [...(await configOf(invocation)).profiles.keys()]
      .map((name) => ({ word: name, summary: "network profile" })),
  connector: async (invocation) => {
    const { profile, unusedConnectors } = await configOf(invocation);
    const accepted = profile.moreConnectors?.filter((each) => each.announced !== undefined) ?? [];
    return [...accepted, ...unusedConnectors]
      .map(({ name }) => ({ word: name, summary: "accepted connector" }));
  },
  setting: settingsOfFile,
  mayor: async (invocation) => {
    const { home } = await pathsOf(invocation);
    const found: Offer[] = [];
    for await (const { name, isDirectory } of Deno.readDir(`${home}/hooks`)) {
      if (isDirectory && found.length < MAX_IDS) found.push({ word: name, summary: "mayor" });
    }
    return found;
  },
};

/** The settings that a file may contain, and the keys of its networks and connectors. */
async function settingsOfFile(invocation: Pick<Invocation, "globals" | "io">): Promise<Offer[]> {
  const fixed = settingRows().filter(({ file }) => file)
    .map(({ key, meaning }) => ({ word: key, summary: meaning }));
  const text = await pathsOf(invocation).then(configText).catch(() => "");
  try {
    const named = namedKeysOf(text).map((key) => ({
      word: key,
      summary: namedKey(key)?.schema.description ?? "",
    }));
    return [...fixed, ...named];
  } catch {
    // The file is not valid; `config edit` shows why.
    return fixed;
  }
}

function ofStore(read: (store: Store) => Promise<readonly Offer[]>): Reader {
  return async (invocation) => {
    const config = await configOf(invocation);
    if (!await storeIsThere(config)) return [];
    await using store = await readStore(config);
    return await read(store);
  };
}

/**
 * Ceilings that were set with the passphrase, for commands that open no key. The signer's own ledger is sealed. This copy is stored
 * separately from the journal, because journal entries are removed after `keep_days`.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { CeilingName, CeilingsView } from "../../money/signer/ceilings.ts";
import type { Change, Store } from "../../store/store.ts";
import { networkOfEntry } from "./money_banner.ts";
import { hasStore, readStore } from "./read_store.ts";

/** Ceilings that a setting can name, with their names in `wallet limits` and the journal. */
const NAMES = [
  ["perJobUnits", "job"],
  ["perProviderDayUnits", "provider-day"],
  ["perStrangersDayUnits", "strangers-day"],
  ["windowUnits", "window"],
  ["perHourUnits", "hour"],
  ["perDayUnits", "day"],
  ["perChannelUnits", "channel"],
] as const satisfies readonly (readonly [CeilingName, string])[];

/** The name of such a ceiling. */
type RaisedName = typeof NAMES[number][0];

/** The ceilings that were set, in base units. */
type RaisedCeilings = ReadonlyMap<RaisedName, bigint>;

const MAX_CHANGES = 1_000;

/** The change that stores the signer's ceilings for {@link raisedCeilings}, for the commit that changes them. */
export function keepRaised({ name }: { readonly name: string }, view: CeilingsView): Change {
  const set = Object.fromEntries(
    view.changes.flatMap(({ ceilings }) => Object.entries(ceilings))
      .map(([key, units]) => [key, String(units)]),
  );
  return { op: "setCursor", name: cursorOf(name), value: JSON.stringify(set) };
}

/** The ceilings that were set last. The dev network's wallet has its own. */
export async function raisedCeilings(config: Config): Promise<RaisedCeilings> {
  if (!await hasStore(config)) return new Map();
  await using store = await readStore(config);
  const { name } = config.profile;
  const kept = await store.cursor(cursorOf(name));
  return kept === null ? await fromJournal(store, name) : fromKept(kept);
}

function cursorOf(network: string): string {
  return `ceilings:${network === "dev" ? "dev" : "own"}`;
}

function fromKept(text: string): RaisedCeilings {
  const kept = JSON.parse(text) as Readonly<Record<string, string>>;
  return new Map(
    NAMES.flatMap(([key]) => kept[key] === undefined ? [] : [[key, BigInt(kept[key])]]),
  );
}

/** Reads the journal, for homes whose ceilings were set before there was a copy. */
async function fromJournal(
  store: Pick<Store, "listJournal">,
  network: string,
): Promise<RaisedCeilings> {
  const changes = await store.listJournal({
    types: ["limits"],
    order: "newest",
    limit: MAX_CHANGES,
  });
  const raised = new Map<RaisedName, bigint>();
  for (const entry of changes.toReversed()) {
    if ((networkOfEntry(entry) === "dev") !== (network === "dev")) continue;
    for (const [key, name] of NAMES) {
      const units = entry.data[`${name.replace("-", "_")}_units`];
      if (typeof units === "string") raised.set(key, BigInt(units));
    }
  }
  return raised;
}

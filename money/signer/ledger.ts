/**
 * Everything that a signer must not forget, and its sealed snapshot, which is committed with each signature.
 *
 * A snapshot consists of a *head* (counter, spending, raised ceilings) and *entries*: the last claim of a channel, its deposit, the nonces
 * of an account. A claim changes one entry, so a snapshot has the same cost with one channel and with a thousand. The head is sealed over
 * the sum (mod 2^256) of a keyed hash of every entry's newest form. If an entry is missing, old, changed or of another wallet, the sum is
 * wrong and the ledger does not open. This module never returns the sum or its summands, so nobody can search for other entries with the
 * same sum.
 *
 * Entries that changed recently are in the snapshot itself. Commits of several channels may arrive in another order than they were sealed,
 * and a crash may lose some, so the newest snapshot must not need an entry that only a lost commit contained. From 16 such entries or 4 KiB
 * on, they are given to the entry store. When they are durable there, snapshots no longer contain them.
 *
 * Held: all entries, at most 65,536, with about 300 bytes each.
 *
 * @module
 */
import { type LedgerKeys, openHead, sealHead } from "./ledger_seal.ts";
import type { SealedSnapshot } from "./sealed_snapshot.ts";
import { SignerError } from "./signer_error.ts";
import { NOTHING_SPENT } from "./spending.ts";
import type { EntryState, LedgerHead, SealedEntry } from "./ledger_entry.ts";

/** Stores entries that need not be in every snapshot. */
export interface EntryStore {
  /** All saved entries. */
  load(): Promise<readonly SealedEntry[]>;
  /** Stores these entries and the snapshot to which they belong, all or nothing. */
  save(entries: readonly SealedEntry[], snapshot: SealedSnapshot): Promise<void>;
}

/** The ledger of one wallet. */
export interface Ledger {
  readonly head: LedgerHead;
  /** The newest state of an entry. */
  entry<State extends EntryState>(key: string): State | undefined;
  /** The states of all entries whose key has this prefix, in the order of the keys. */
  entries<State extends EntryState>(prefix: string): State[];
  /** Changes the ledger and seals it. Throws SignerError `ceiling` if there are too many entries. */
  change(
    head: Partial<Omit<LedgerHead, "counter">>,
    entries?: readonly (readonly [key: string, state: EntryState])[],
  ): SealedSnapshot;
  /** The last sealed snapshot. The same counter always has the same bytes. */
  snapshot(): SealedSnapshot;
}

const EMPTY_HEAD: LedgerHead = {
  counter: 0,
  spending: NOTHING_SPENT,
  deposited: NOTHING_SPENT,
  gasWei: NOTHING_SPENT,
  sentWei: NOTHING_SPENT,
  raised: {},
};
const MAX_ENTRIES = 65_536;
const HAND_OVER_ENTRIES = 16;
const HAND_OVER_BYTES = 4_096;

interface Held {
  readonly state: EntryState;
  readonly entry: SealedEntry;
  readonly summand: bigint;
}

/**
 * Opens the ledger from a snapshot and the saved entries, or an empty one.
 *
 * @throws {SignerError} `snapshot` if they are not of this wallet, or do not belong together
 */
export function openLedger(
  keys: LedgerKeys,
  from: SealedSnapshot | "first",
  kept: readonly SealedEntry[] = [],
  entryStore?: Pick<EntryStore, "save">,
): Ledger {
  const held = new Map<string, Held>();
  /** Entries that only the snapshot contains, by key. */
  const recent = new Map<string, SealedEntry>();
  let recentBytes = 0;
  let sum = 0n;
  let head = EMPTY_HEAD;
  let handingOver = false;

  const hold = (entry: SealedEntry, state: EntryState): void => {
    const summand = keys.summand(entry);
    sum = BigInt.asUintN(256, sum - (held.get(entry.key)?.summand ?? 0n) + summand);
    held.set(entry.key, { state, entry, summand });
  };
  const remember = (entry: SealedEntry): void => {
    recentBytes += entry.sealed.length - (recent.get(entry.key)?.sealed.length ?? 0);
    recent.set(entry.key, entry);
  };

  if (from === "first") {
    if (kept.length > 0) {
      throw new SignerError(
        "snapshot",
        "Cannot start: the ledger has entries but no snapshot",
      );
    }
  } else {
    const opened = openHead(from);
    for (const entry of [...kept, ...opened.recent]) {
      const newer = (held.get(entry.key)?.entry.counter ?? -1) < entry.counter;
      if (newer) hold(entry, keys.stateOf(entry));
    }
    head = keys.checkHead(opened, sum, held.size);
    for (const entry of opened.recent) {
      if (held.get(entry.key)?.entry === entry) remember(entry);
    }
  }
  let last = from === "first" ? sealHead(keys, head, sum, 0, []) : copyOf(from);

  /**
   * Gives the recent entries to the entry store. Afterwards only those are dropped from the snapshot that did not change meanwhile. After a
   * failure, a later change tries again.
   */
  const handOver = async (): Promise<void> => {
    if (entryStore === undefined || handingOver) return;
    if (recent.size < HAND_OVER_ENTRIES && recentBytes < HAND_OVER_BYTES) return;
    handingOver = true;
    const entries = [...recent.values()];
    try {
      await entryStore.save(entries, last);
      for (const entry of entries) {
        if (recent.get(entry.key) !== entry) continue;
        recent.delete(entry.key);
        recentBytes -= entry.sealed.length;
      }
    } catch {
      // After a failure the entries stay in the snapshot, where they are safe too.
    } finally {
      handingOver = false;
    }
  };

  return {
    get head() {
      return head;
    },
    entry: <State extends EntryState>(key: string) => held.get(key)?.state as State | undefined,
    entries: <State extends EntryState>(prefix: string) =>
      [...held].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => a < b ? -1 : 1)
        .map(([, { state }]) => state as State),
    change(changes, entries = []) {
      const added = entries.filter(([key]) => !held.has(key)).length;
      if (held.size + added > MAX_ENTRIES) {
        throw new SignerError("ceiling", `at most ${MAX_ENTRIES} channels, deposits and accounts`);
      }
      head = { ...head, ...changes, counter: head.counter + 1 };
      for (const [key, state] of entries) {
        const entry = keys.sealEntry(key, head.counter, state);
        hold(entry, state);
        remember(entry);
      }
      last = sealHead(keys, head, sum, held.size, [...recent.values()]);
      void handOver();
      return last;
    },
    snapshot: () => last,
  };
}

function copyOf({ counter, sealed }: SealedSnapshot): SealedSnapshot {
  return { counter, sealed: sealed.slice() };
}

/**
 * Everything that a signer must not forget, and the sealed snapshot of it that is committed with each signature.
 *
 * The snapshot is a *head* (counter, what was spent, raised ceilings) and *entries*: the last claim of a channel, its deposit, the
 * nonces of an account. A claim changes one entry, so a snapshot costs the same with one channel and with a thousand. The head is
 * sealed over the sum (mod 2^256) of a keyed hash of every entry's newest form: an entry that is missing, old, changed or of
 * another wallet does not add up, and the ledger does not open. The sum and its summands leave this module in no form, so that
 * nobody can look for other entries with the same sum.
 *
 * Entries that changed lately lie in the snapshot itself, because commits of several channels may arrive in another order than
 * they were sealed, and a crash may lose some: the newest snapshot must not need an entry that only a lost commit held. From
 * 16 of them or 4 KiB on they are handed to the channel manager; once they are durable there, snapshots no longer carry them.
 *
 * Held: all entries, at most 65,536, about 300 bytes each.
 *
 * @module
 */
import { type LedgerKeys, openHead, sealHead } from "./ledger_seal.ts";
import type { SealedSnapshot } from "./sealed_snapshot.ts";
import { SignerError } from "./signer_error.ts";
import { NOTHING_SPENT } from "./spending.ts";
import type { EntryState, LedgerHead, SealedEntry } from "./ledger_entry.ts";

/** Where entries go that need not be in every snapshot. */
export interface EntryKeeper {
  /** All that were saved. */
  load(): Promise<readonly SealedEntry[]>;
  /** Makes these entries and the snapshot that they belong to durable, all or nothing. */
  save(entries: readonly SealedEntry[], snapshot: SealedSnapshot): Promise<void>;
}

/** The ledger of one wallet. */
export interface Ledger {
  readonly head: LedgerHead;
  /** The entry's newest form. */
  entry<State extends EntryState>(key: string): State | undefined;
  /** All entries whose key begins so. */
  entries<State extends EntryState>(prefix: string): State[];
  /** Makes a change and seals it. Throws SignerError `ceiling` on too many entries. */
  change(
    head: Partial<Omit<LedgerHead, "counter">>,
    entries?: readonly (readonly [key: string, state: EntryState])[],
  ): SealedSnapshot;
  /** As it was sealed last: the same bytes for the same counter. */
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
 * Opens the ledger that a snapshot and the kept entries hold, or an empty one.
 *
 * @throws {SignerError} `snapshot` when they are not this wallet's, or do not belong together
 */
export function openLedger(
  keys: LedgerKeys,
  from: SealedSnapshot | "first",
  kept: readonly SealedEntry[] = [],
  manager?: Pick<EntryKeeper, "save">,
): Ledger {
  const held = new Map<string, Held>();
  /** Entries that only the snapshot holds, by key. */
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
        "Cannot start: entries of a ledger are there, and its snapshot is not",
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

  /** Only entries that did not change meanwhile are forgotten; what fails is tried again with a later change. */
  const handOver = async (): Promise<void> => {
    if (manager === undefined || handingOver) return;
    if (recent.size < HAND_OVER_ENTRIES && recentBytes < HAND_OVER_BYTES) return;
    handingOver = true;
    const entries = [...recent.values()];
    try {
      await manager.save(entries, last);
      for (const entry of entries) {
        if (recent.get(entry.key) !== entry) continue;
        recent.delete(entry.key);
        recentBytes -= entry.sealed.length;
      }
    } catch {
      // They stay in the snapshot, where they are as safe.
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
      [...held].filter(([key]) => key.startsWith(prefix)).map(([, { state }]) => state as State),
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

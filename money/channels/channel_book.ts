/**
 * The channels of this wallet on one chain. Their rows are in memory, and every change is durable before anybody acts on it.
 *
 * Held: one row for each channel, including those that ended on this chain since the start. Of void channels only the ids are held.
 *
 * @module
 */
import type { Change, ChannelRow, Store } from "../../store/store.ts";
import { ChannelError } from "../claims/channel_manager.ts";

/** The fields of a row that may change. */
export type ChannelPatch = Partial<
  Omit<
    ChannelRow,
    | "ref"
    | "chainId"
    | "genesisHash"
    | "contract"
    | "ownAddress"
    | "peerAddress"
    | "automatic"
    | "createdAtMs"
  >
>;

/** The rows of all channels. */
export class ChannelBook {
  readonly #rows = new Map<string, ChannelRow>();
  readonly #byId = new Map<string, string>();
  readonly #gone = new Set<string>();

  /** A book whose changes go to this store. */
  constructor(readonly store: Pick<Store, "commit" | "chainChannel">) {}

  /** Loads stored rows. Of void rows only the channel ids are remembered. */
  load(rows: readonly ChannelRow[]): void {
    for (const row of rows) {
      if (row.status !== "void") this.remember(row);
      else if (row.channelId !== null) this.#gone.add(row.channelId);
    }
  }

  /** All rows of this chain, oldest first. */
  get rows(): readonly ChannelRow[] {
    return [...this.#rows.values()];
  }

  /** Rows with a peer, oldest first. */
  with(peerAddress: string): readonly ChannelRow[] {
    return this.rows.filter((row) => row.peerAddress === peerAddress);
  }

  /** The row of a ref. Throws ChannelError `unknown`. */
  get(ref: string): ChannelRow {
    const row = this.#rows.get(ref);
    if (row !== undefined) return row;
    throw new ChannelError(
      "unknown",
      "Cannot find the channel: it does not belong to this wallet and chain",
    );
  }

  /** The row of an on-chain id, or null. */
  byId(channelId: string): ChannelRow | null {
    const ref = this.#byId.get(channelId.toLowerCase());
    return ref === undefined ? null : this.#rows.get(ref) ?? null;
  }

  /** The row that a person names: `ch_` and the start of an id or ref, or a whole id. Throws ChannelError `unknown`. */
  find(name: string): ChannelRow {
    const digits = /^(?:ch_|0x)?([0-9a-f]{4,64})$/.exec(name.toLowerCase())?.[1];
    const found = digits === undefined
      ? []
      : this.rows.filter(({ channelId, ref }) =>
        channelId?.startsWith(digits, 2) || ref.startsWith(digits, 2)
      );
    if (found.length === 1) return found[0];
    throw new ChannelError(
      "unknown",
      found.length === 0
        ? `There is no channel ${name.slice(0, 70)}`
        : `${name.slice(0, 70)} fits ${found.length} channels: give more digits`,
    );
  }

  /**
   * Whether a channel with this id existed on a chain that no longer exists. A claim for it would be valid for a new channel with the same
   * id.
   */
  isGone(channelId: string): boolean {
    return this.#gone.has(channelId);
  }

  /** Adds a row that another commit made durable. */
  remember(row: ChannelRow): void {
    this.#rows.set(row.ref, row);
    if (row.channelId !== null) this.#byId.set(row.channelId, row.ref);
  }

  /** Removes a row whose commit failed. */
  forget(ref: string): void {
    this.#rows.delete(ref);
  }

  /** Changes a row and returns the change for a caller's commit. The new row is in effect at once. */
  change(ref: string, patch: ChannelPatch): Change {
    const row = { ...this.get(ref), ...patch };
    this.remember(row);
    return { op: "putChannel", row, expect: "present" };
  }

  /** Changes a row. The change is durable when the promise resolves. */
  async patch(ref: string, patch: ChannelPatch): Promise<ChannelRow> {
    const change = this.change(ref, patch);
    try {
      await this.store.commit([change]);
    } catch (error) {
      const stored = await this.store.chainChannel(ref).catch(() => null);
      if (stored !== null) this.remember(stored);
      throw error;
    }
    return this.get(ref);
  }

  /** Adds a row. It is durable when the promise resolves. */
  async add(row: ChannelRow): Promise<ChannelRow> {
    await this.store.commit([{ op: "putChannel", row, expect: "absent" }]);
    this.remember(row);
    return row;
  }
}

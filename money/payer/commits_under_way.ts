/**
 * A channel's commits that are not finished: what each writes, and waiting until all have ended.
 *
 * @module
 */
import type { Change, OutgoingPacketRow } from "../../store/store.ts";
import type { PayerLedger } from "./payer_ledger.ts";
import type { PayerDeps } from "./payer_options.ts";

/** The commits of one payer. */
export class CommitsUnderWay {
  /** Each with the nonces of its packets. */
  readonly #commits = new Map<Promise<boolean>, ReadonlySet<number>>();

  /** `onFailed` is called for each failed commit, with the ledger of its figures. `onEnded` is called for each commit that ended. */
  constructor(
    readonly deps: Pick<PayerDeps, "lane" | "linked">,
    readonly events: {
      onFailed(ledger: PayerLedger, error: unknown): void;
      onEnded(): void;
    },
  ) {}

  /** The number of unfinished commits. */
  get size(): number {
    return this.#commits.size;
  }

  /** Whether an unfinished commit writes this packet. */
  writes(nonce: number): boolean {
    return this.#commits.values().some((nonces) => nonces.has(nonce));
  }

  /** Resolves when all current commits have ended. */
  async ended(): Promise<void> {
    await Promise.all([...this.#commits.keys()]);
  }

  /** Commits changes of this ledger, and of the previous hops' ledgers of these packets. Resolves to whether they are durable. */
  commit(
    ledger: PayerLedger,
    changes: () => readonly Change[],
    packets: readonly OutgoingPacketRow[],
  ): Promise<boolean> {
    let written: Promise<void>;
    try {
      const others = packets.flatMap((packet) => this.deps.linked?.ledgerOf(packet) ?? []);
      written = this.deps.lane.commit(changes(), [ledger, ...new Set(others)]);
    } catch (error) {
      written = Promise.reject(error);
    }
    const done = written.then(() => true, (error) => {
      this.events.onFailed(ledger, error);
      return false;
    }).finally(() => {
      this.#commits.delete(done);
      this.events.onEnded();
    });
    this.#commits.set(done, new Set(packets.map(({ nonce }) => nonce)));
    return done;
  }
}

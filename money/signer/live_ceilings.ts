/**
 * A signer's ceilings while it runs. The passphrase sets them permanently; a caller without it can only lower them, until the signer ends.
 *
 * Held: the callers that wait for a change, each at most a minute.
 *
 * @module
 */
import {
  type CeilingChange,
  ceilingsInForce,
  type CeilingsView,
  lowerOf,
  type parseCeilings,
  parseChange,
} from "./ceilings.ts";
import type { Ledger } from "./ledger.ts";
import type { SealedSnapshot } from "./sealed_snapshot.ts";

/** The ceilings that are enforced, and how often they were changed since the signer started. */
export interface CountedCeilings {
  readonly changes: number;
  readonly effective: CeilingsView["effective"];
}

/** The ceilings of one signer. */
interface LiveCeilings {
  readonly effective: () => CeilingsView["effective"];
  readonly view: () => CeilingsView;
  readonly counted: () => CountedCeilings;
  /** Sets ceilings permanently, up or down, and keeps the change in the ledger. Throws SignerError `bad_field`. */
  set(value: unknown): SealedSnapshot;
  /** Lowers ceilings until the signer ends. Higher values change nothing. Throws SignerError `bad_field`. */
  lower(value: unknown): CeilingsView;
  /** Resolves as soon as there were more than `seen` changes, and after `waitMs` in any case. */
  changed(seen: number, waitMs: number): Promise<void>;
}

const CEILING_CHANGES = "l:";
const MOST_MS = 60_000;

/** The ceilings with which a signer starts, and those of its ledger. */
export function createLiveCeilings(
  { base, lowered: atStart }: ReturnType<typeof parseCeilings>,
  ledger: Ledger,
  clock: () => number,
): LiveCeilings {
  let lowered = atStart;
  let inForce = ceilingsInForce(base, ledger.head.raised, lowered);
  let changes = 0;
  let next = Promise.withResolvers<void>();
  const take = () => {
    inForce = ceilingsInForce(base, ledger.head.raised, lowered);
    changes++;
    next.resolve();
    next = Promise.withResolvers();
  };
  const view = () => ({
    ...inForce,
    changes: ledger.entries<CeilingChange>(CEILING_CHANGES),
  });
  return {
    effective: () => inForce.effective,
    view,
    counted: () => ({ changes, effective: inForce.effective }),
    set(value) {
      const ceilings = parseChange(value);
      const raised = { ...ledger.head.raised, ...ceilings };
      const key = `${CEILING_CHANGES}${String(ledger.head.counter).padStart(16, "0")}`;
      const snapshot = ledger.change({ raised }, [[key, { atMs: clock(), ceilings }]]);
      take();
      return snapshot;
    },
    lower(value) {
      lowered = lowerOf(lowered, parseChange(value));
      take();
      return view();
    },
    async changed(seen, waitMs) {
      if (changes > seen || !(waitMs > 0)) return;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<void>((resolve) =>
        timer = setTimeout(resolve, Math.min(waitMs, MOST_MS))
      );
      await Promise.race([next.promise, late]);
      clearTimeout(timer);
    },
  };
}

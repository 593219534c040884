/**
 * What every store must do, also over a port. `open` returns an empty store with a journal. Errors are compared by
 * their code, because a class does not cross a port.
 */
import type { Store } from "../../store/store.ts";
import { ANSWERED } from "./store_answers.ts";
import { BUDGETS } from "./store_budgets.ts";
import { CALLBACKS } from "./store_callbacks.ts";
import { CHAINS } from "./store_chains.ts";
import { FAILOVER } from "./store_failover.ts";
import { INVOICES } from "./store_invoices.ts";
import { SEQUENCES } from "./store_sequences.ts";
import { JOURNALS } from "./store_journal.ts";
import { JOURNAL_QUERIES } from "./store_journal_queries.ts";
import { KEEPS } from "./store_keeping.ts";
import { REFUSED_PACKETS } from "./store_refused_packets.ts";
import { WORK } from "./store_work.ts";
import { JUDGEMENTS } from "./store_judgements.ts";
import { KEYS } from "./store_keys.ts";
import { LOGS } from "./store_logs.ts";
import { METERS } from "./store_meters.ts";
import { QUOTES } from "./store_quotes.ts";
import { RESULT_SCHEMAS } from "./store_result_schemas.ts";
import { SEALED } from "./store_sealed.ts";
import { VERIFICATIONS } from "./store_verifications.ts";
import { REFUSES } from "./store_refusing.ts";
import { GROUPS, WAITS } from "./store_waiting.ts";

export interface OpenStore {
  readonly store: Store;
  readonly done: () => Promise<void>;
}

/** Registers the contract's tests under the store's name; for a read-only store without the tests of a writer's refusals. */
export function storeContract(
  name: string,
  open: () => Promise<OpenStore>,
  { readsOnly = false } = {},
): void {
  for (
    const { name: criterion, run } of [
      ...KEEPS,
      ...REFUSED_PACKETS,
      ...WORK,
      ...CHAINS,
      ...SEQUENCES,
      ...JOURNALS,
      ...JOURNAL_QUERIES,
      ...KEYS,
      ...QUOTES,
      ...METERS,
      ...INVOICES,
      ...RESULT_SCHEMAS,
      ...SEALED,
      ...VERIFICATIONS,
      ...JUDGEMENTS,
      ...ANSWERED,
      ...BUDGETS,
      ...CALLBACKS,
      ...LOGS,
      ...FAILOVER,
      ...WAITS,
      ...(readsOnly ? [] : REFUSES),
      ...GROUPS,
    ]
  ) {
    Deno.test(`${name} ${criterion}`, async () => {
      const { store, done } = await open();
      try {
        await run(store);
      } finally {
        await done();
      }
    });
  }
}

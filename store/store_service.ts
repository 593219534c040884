/**
 * The store as a service in its own worker: what the worker runs, and which methods others may call over a port.
 *
 * @module
 */
import { defineService } from "../base/service.ts";
import type { OpenStore, Store } from "./store.ts";

/** Options of the store's worker. */
interface StoreServiceOptions {
  /** Absolute path of the folder of `state.db`; its only permission. */
  readonly folder: string;
  /** See `openSqliteStore`. */
  readonly network?: string;
  /** See `openSqliteStore`. */
  readonly lockWaitMs?: number;
  /** See `openSqliteStore`. */
  readonly journal?: boolean;
  /** See `openSqliteStore`. */
  readonly keepDays?: number;
  /** Only reads, also while another process writes. */
  readonly readOnly?: boolean;
}

/** Every method of {@link Store}. */
const STORE_METHODS: readonly (keyof Store)[] = [
  "commit",
  "readTogether",
  "getJob",
  "getJobByEvent",
  "answeredJob",
  "jobByKey",
  "quoteOf",
  "sealedOf",
  "meterOf",
  "invoiceOf",
  "openInvoices",
  "invoicesSent",
  "sealedDebts",
  "keyBreakers",
  "verificationOf",
  "verificationLeads",
  "unacceptedAnswers",
  "olderVerifiedJobs",
  "judgementOf",
  "resultSchemaOf",
  "answersOf",
  "jobLog",
  "jobUsage",
  "attemptsOf",
  "mayPassOn",
  "passedOver",
  "failedAttempts",
  "providerRecord",
  "quotedPrices",
  "leftForSuccessor",
  "silentJobs",
  "deliverers",
  "attemptByEvent",
  "jobRequirements",
  "listJobs",
  "freeJobId",
  "overdueJobs",
  "openKinds",
  "awaitedJobs",
  "markedDocuments",
  "pendingOutbox",
  "pendingOfJob",
  "outboxEntry",
  "hasTold",
  "queuedJobs",
  "undelivered",
  "deliveries",
  "runnableJobs",
  "placesTaken",
  "waitingCallbacks",
  "callbacksOf",
  "watchJob",
  "payerChannel",
  "receiverChannel",
  "listPayerChannels",
  "listReceiverChannels",
  "openOutgoing",
  "writtenOff",
  "outgoing",
  "outgoingByObligation",
  "budgets",
  "incoming",
  "heldIncoming",
  "incomingByObligation",
  "chainChannel",
  "listChainChannels",
  "transaction",
  "listTransactions",
  "seen",
  "pauses",
  "cursor",
  "snapshot",
  "snapshotsUnder",
  "totals",
  "sequence",
  "sequenceByKey",
  "listSequences",
  "runningSequences",
  "watchSequence",
  "journalTip",
  "journalAfter",
  "listJournal",
  "journalStats",
  "checkpoints",
  "removeOld",
];

/** The store's service. Its permissions are to read and write its folder. */
export const definition = defineService({
  name: "store",
  methods: STORE_METHODS,
  permissions: (
    options: StoreServiceOptions,
  ): { readonly read: string[]; readonly write: string[] } => ({
    read: [options.folder],
    write: [options.folder],
  }),
  async start(
    options: StoreServiceOptions,
    _services: unknown,
    context: { readonly clock: () => number },
  ): Promise<OpenStore> {
    // Loaded only in the worker. The supervisor reads this file just for the permissions.
    const { openSqliteStore } = await import("./sqlite_store.ts");
    return await openSqliteStore({
      folder: options.folder,
      clock: context.clock,
      lockWaitMs: options.lockWaitMs,
      journal: options.journal,
      network: options.network,
      keepDays: options.keepDays,
      readOnly: options.readOnly,
    });
  },
  stop: (store: OpenStore): Promise<void> => store.close(),
});

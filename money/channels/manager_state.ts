/**
 * The state of a manager after it has asked the chain: the contracts, our account, the rows, and the transactions under way. Rows of a
 * chain that no longer exists were made void before.
 *
 * @module
 */
import type { ChainContracts } from "../evm/chain_connection.ts";
import type { Change, ChannelRow, TransactionRow } from "../../store/store.ts";
import { ChannelBook } from "./channel_book.ts";
import { Funding } from "./funding.ts";
import type { OpeningRequest } from "./opening_request.ts";
import type { ChannelManagerDeps, ChannelManagerSettings } from "./manager_options.ts";
import { transactionEffects } from "./transaction_effects.ts";
import { unlessAborted } from "../../base/until_aborted.ts";
import { TransactionLane } from "./transaction_lane.ts";

/** The state of a manager on one chain. */
export interface ManagerState {
  readonly settings: ChannelManagerSettings;
  readonly deps: ChannelManagerDeps;
  readonly contracts: ChainContracts;
  /** Our payment address. */
  readonly own: string;
  readonly book: ChannelBook;
  readonly lane: TransactionLane;
  readonly funding: Funding;
  /** Runs the tasks of one channel one after the other. */
  readonly exclusive: <T>(ref: string, task: () => Promise<T>) => Promise<T>;
  /** Claims under way by channel, so that two callers do not claim twice. */
  readonly claiming: Map<string, Promise<TransactionRow | null>>;
  /** Openings under way by the peer's address. There is one at a time. */
  readonly openings: Map<
    string,
    { readonly request: OpeningRequest; readonly work: Promise<OpenedChannel> }
  >;
}

/** The result of an opening. */
export interface OpenedChannel {
  readonly ref: string;
  readonly transactions: readonly TransactionRow[];
}

/** Reads the store and the chain, and continues the transactions under way. The signal ends the wait for a chain that does not answer. */
export async function startManager(
  settings: ChannelManagerSettings,
  deps: ChannelManagerDeps,
  signal: AbortSignal,
): Promise<ManagerState> {
  const { store, chain, signer, timers, log } = deps;
  const asked = Promise.all([chain.contracts(), signer.identity()]);
  const [contracts, identity] = await unlessAborted(signal, asked);
  const own = identity.paymentAddress.toLowerCase();
  const { chainId, genesisHash } = contracts;
  const contract = contracts.tokenNetwork.toLowerCase();
  const all = await store.listChainChannels({ chainId, ended: true });
  const isOwn = (row: ChannelRow) => row.ownAddress === own;
  const rows = all.filter(isOwn);
  const here = (row: ChannelRow) => row.genesisHash === genesisHash && row.contract === contract;
  // Also those of earlier wallets: each dev network has its own.
  const gone = all.filter((row) => row.genesisHash !== genesisHash && row.status !== "void");
  const voided = gone.map((row): ChannelRow => ({ ...row, status: "void" }));
  const waiting = await store.listTransactions({ sender: own, limit: 10_000 });
  const lost = waiting.filter((row) => row.chainId === chainId && row.genesisHash !== genesisHash);
  if (voided.length + lost.length > 0) {
    await commitInParts(store, [
      ...voided.map((row): Change => ({ op: "putChannel", row })),
      ...lost.map((row): Change => ({
        op: "putTransaction",
        row: {
          ...row,
          state: "cancelled",
          reason: "its chain was restarted from genesis",
        } as TransactionRow,
      })),
    ]);
    log("warn", "the chain was restarted from genesis: its channels are void", {
      channels: gone.length,
    });
  }
  const book = new ChannelBook(store);
  book.load([
    ...rows.filter((row) => row.status === "void"),
    ...voided.filter(isOwn),
    ...rows.filter((row) => here(row) && row.status !== "void"),
  ]);
  const lane = new TransactionLane({
    sender: own,
    contracts,
    replaceAfterMs: settings.replaceAfterMs,
    effects: (row, call) => transactionEffects(book, timers, row, call),
  }, { store, chain, signer, timers, log });
  await lane.resume();
  return {
    settings,
    deps,
    contracts,
    own,
    book,
    lane,
    funding: new Funding({
      own,
      contracts,
      maxApprovalUnits: settings.maxDepositUnits,
      asset: settings.asset,
    }, {
      lane,
      chain,
      log,
    }),
    exclusive: lines(),
    claiming: new Map(),
    openings: new Map(),
  };
}

async function commitInParts(store: ChannelManagerDeps["store"], changes: readonly Change[]) {
  for (let at = 0; at < changes.length; at += 1_000) {
    await store.commit(changes.slice(at, at + 1_000));
  }
}

/** Runs tasks with the same key one after the other, and tasks with different keys concurrently. */
function lines(): ManagerState["exclusive"] {
  const under = new Map<string, Promise<unknown>>();
  return async (key, task) => {
    const before = under.get(key) ?? Promise.resolve();
    const turn = before.then(task, task);
    under.set(key, turn);
    try {
      return await turn;
    } finally {
      if (under.get(key) === turn) under.delete(key);
    }
  };
}

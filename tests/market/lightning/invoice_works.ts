/** The work on invoices until it is done, through deaths of its process. */
import { questionsAtOnce } from "../../../peers/relay/questions_at_once.ts";
import type { InvoiceWorkDeps } from "../../../market/lightning/invoice_deps.ts";
import { workOnInvoices } from "../../../market/lightning/invoice_work.ts";
import type { InvoiceRules } from "../../../market/lightning/invoice_check.ts";
import type { InvoiceRow } from "../../../store/invoice_row.ts";
import type { Surroundings } from "../../stages/surroundings.ts";
import { type Fate, Ledger } from "./wallet.ts";

export const RULES: InvoiceRules = {
  network: "regtest",
  mostMsats: 30_000n,
  dayMsats: 1_000_000_000n,
};
export const HOUR_S = 3_600;

export interface Run {
  readonly at: Surroundings;
  readonly ledger: Ledger;
  readonly rules?: InvoiceRules;
  /** What becomes of the next request. `dies`: the process ends before it is sent, or after the wallet has done it. */
  readonly next?: () => { readonly fate: Fate; readonly dies?: "before" | "after" };
}

/** Works, with a new process after each death, until no invoice is open, or as long as `goesOn` says. */
export async function work(
  { at, ledger, rules = RULES, next = () => ({ fate: "answered" }) }: Run,
  goesOn: () => boolean = () => true,
): Promise<void> {
  while (goesOn() && (await openOf(at)).length > 0) {
    const process = new AbortController();
    const deps: InvoiceWorkDeps = {
      // A process does not wait for invoices that come later.
      store: {
        ...at.store,
        openInvoices: async (role, except) => {
          const rows = await at.store.openInvoices(role, except, 0);
          if (rows.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
          const left = await openOf(at);
          if (left.length === 0 || !goesOn()) process.abort();
          return rows;
        },
      },
      wallet: {
        ask: (method, params, signal) => {
          signal.throwIfAborted();
          const { fate, dies } = next();
          const die = () => {
            process.abort();
            throw new Error("this process is dead");
          };
          if (dies === "before") die();
          const answer = Promise.try(() => ledger.ask(method, params, fate, at.nowMs));
          return dies === "after" ? answer.then(die, die) : answer;
        },
      },
      rules,
      clock: () => at.nowMs,
      log: (_level, msg) => void at.logs.push({ msg, fields: {} }),
      oneByOne: questionsAtOnce(1),
      aFew: questionsAtOnce(4),
      pause: (ms) => {
        at.nowMs += Math.ceil(ms);
        if (!goesOn()) process.abort();
        return new Promise((resolve) => setTimeout(resolve, 0));
      },
    };
    await workOnInvoices(deps, process.signal);
  }
}

export const openOf = async ({ store }: Surroundings) =>
  (await Promise.all([store.openInvoices("buyer", [], 0), store.openInvoices("provider", [], 0)]))
    .flat();

export const stored = async ({ store }: Surroundings, row: InvoiceRow) =>
  (await store.invoiceOf(row.eventId, "buyer"))!;

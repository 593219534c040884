/**
 * The Lightning wallet of a home, in a worker that can read the file with the wallet's connection and reach the wallet's relay, and
 * nothing else.
 *
 * @see docs/money.md#lightning
 * @module
 */
import { pause } from "../../base/pause.ts";
import { defineService } from "../../base/service.ts";
import { hostOfUrl } from "../../base/urls.ts";
import type { Log } from "../../base/log/log.ts";
import type { BitcoinNetwork } from "../../protocols/lightning/bitcoin_network.ts";
import { sysForOwner } from "../../money/wallet/key_reader.ts";
import type { Store } from "../../store/store.ts";
import type { InvoiceMaker } from "./make_invoice.ts";

/** A home's settings for Lightning. */
export interface LightningOptions {
  /** The file with the wallet's connection in its first line. */
  readonly walletFile: string;
  /** The wallet's relay; the connection must name it. */
  readonly relayUrl: string;
  readonly network: BitcoinNetwork;
  /** The most that one invoice may ask, in millisatoshis, in decimal. With 0 nothing is paid. */
  readonly invoiceMsats: string;
  /** The most that is paid in a day, in millisatoshis, in decimal. */
  readonly dayMsats: string;
}

/** The service: makes invoices when asked, and works on the open ones by itself. */
interface Lightning extends InvoiceMaker {
  readonly stop: () => void;
}

const MAX_CONNECTION_BYTES = 4_096;
/** How many invoices of others the wallet is asked about at the same time. */
const AWAITED_AT_ONCE = 4;

/** For the host: the service `lightning`. */
export const definition = defineService({
  name: "lightning",
  methods: ["makeInvoice"] as const,
  services: ["store"] as const,
  permissions: ({ walletFile, relayUrl }: LightningOptions) => ({
    net: [hostOfUrl(relayUrl)],
    read: [walletFile],
    sys: sysForOwner(),
  }),
  async start(
    options: LightningOptions,
    { store }: { readonly store: Store },
    { clock, log }: { readonly clock: () => number; readonly log: Log },
  ): Promise<Lightning> {
    // Imported here, because the supervisor loads this file only for its permissions.
    const { openWallet } = await import("./open_wallet.ts");
    const { makeInvoice } = await import("./make_invoice.ts");
    const { workOnInvoices } = await import("./invoice_work.ts");
    const { questionsAtOnce } = await import("../../peers/relay/questions_at_once.ts");
    const { wallet, close } = await openWallet(options, MAX_CONNECTION_BYTES, clock);
    const abort = new AbortController();
    const rules = {
      network: options.network,
      mostMsats: BigInt(options.invoiceMsats),
      dayMsats: BigInt(options.dayMsats),
    };
    const oneByOne = questionsAtOnce(1);
    // Each question is a subscription, and relays allow few of them.
    const aFew = questionsAtOnce(AWAITED_AT_ONCE);
    const deps = { store, wallet, rules, clock, log, oneByOne, aFew, pause };
    workOnInvoices(deps, abort.signal).catch(
      (error) => {
        if (abort.signal.aborted) return;
        // Nobody waits for this work. The error is thrown here, so that the worker fails and its process is restarted.
        queueMicrotask(() => {
          throw error;
        });
      },
    );
    return {
      makeInvoice: (asked) => makeInvoice(wallet, options.network, clock, asked),
      stop() {
        abort.abort();
        close();
      },
    };
  },
  // It works without calls, so its worker stays.
  mayRest: () => false,
  stop: (lightning: Lightning): Promise<void> => Promise.resolve(lightning.stop()),
});

/**
 * Runs a daemon's alerts. It checks the daemon's own state once a second, channels and payments every five seconds, and providers once a
 * minute, or every five seconds while the relay does not answer. It sends new alerts in each configured way. An alert that cannot be sent
 * is logged; the next repetition is sent again.
 *
 * Held: one page of the journal, and the gate's memory.
 *
 * @module
 */
import { printable } from "../../base/log/printable.ts";
import { messageOf } from "../../base/thrown.ts";
import type { Log } from "../../base/log/log.ts";
import type { Asset } from "../../protocols/ilp/asset.ts";
import type { RelayReader } from "../../market/relay_questions.ts";
import type { Store } from "../../store/store.ts";
import {
  type Alert,
  disconnections,
  failedPayment,
  lowBalances,
  type PeerNow,
  providerDown,
} from "./alert.ts";
import type { AlertGate } from "./alert_gate.ts";

/** An alert as it is sent. */
export interface SentAlert {
  readonly version: 1;
  readonly alert: Alert["kind"];
  readonly subject: string;
  readonly text: string;
  readonly network: string;
  readonly mayor: string;
  /** RFC 3339. */
  readonly at: string;
}

/** A way to send alerts. */
export interface AlertWay {
  readonly name: "webhook" | "desktop" | "nostr";
  readonly send: (alert: SentAlert) => Promise<void>;
}

/** What the alerts are read from, and the ways to send them. */
interface AlertingDeps {
  readonly store: Pick<
    Store,
    "listChainChannels" | "listPayerChannels" | "listJournal" | "journalTip"
  >;
  readonly relayReader: Pick<RelayReader, "announcements">;
  readonly peers: () => Readonly<Record<string, PeerNow | null>>;
  readonly gate: AlertGate;
  readonly ways: readonly AlertWay[];
  readonly clock: () => number;
  readonly log: Log;
  readonly of: {
    readonly network: string;
    readonly mayor: string;
    readonly asset: Asset;
    readonly lowBalancePercent: number;
    readonly offlineMs: number;
    /** Public keys in hex. */
    readonly providers: readonly string[];
  };
}

const ROWS_EVERY = 5;
const PROVIDERS_EVERY = 60;
const PAGE = 200;

/** Makes the function that runs the checks. Call it once a second; a call during another one does nothing. */
export function alerting(deps: AlertingDeps): { look(): Promise<void> } {
  const { store, relayReader, gate, ways, clock, log, of } = deps;
  let looks = 0;
  let providersAt = 0;
  let seen: number | null = null;
  let working = false;

  const tell = async (alert: Alert) => {
    const nowMs = clock();
    const passed = await gate(alert, nowMs);
    if (passed === null) return;
    const more = passed.more === 0 ? "" : ` (${passed.more} more since the last alert)`;
    const sent: SentAlert = {
      version: 1,
      alert: alert.kind,
      subject: alert.subject,
      text: printable(`${alert.text}${more}`),
      network: of.network,
      mayor: of.mayor,
      at: new Date(nowMs).toISOString(),
    };
    log("warn", "alert", { alert: sent.alert, text: sent.text });
    await Promise.all(ways.map(async ({ name, send }) => {
      try {
        await send(sent);
      } catch (error) {
        log("warn", "an alert could not be sent", { by: name, error: messageOf(error) });
      }
    }));
  };

  const payments = async (): Promise<Alert[]> => {
    // Payments that failed before the daemon started cause no alert.
    seen ??= (await store.journalTip())?.seq ?? 0;
    const page = await store.listJournal({
      types: ["payment"],
      afterSeq: seen,
      order: "oldest",
      limit: PAGE,
    });
    seen = page.at(-1)?.seq ?? seen;
    return page.flatMap((entry) => failedPayment(entry, of.asset) ?? []);
  };

  const providers = async (turn: number): Promise<Alert[]> => {
    providersAt = turn + PROVIDERS_EVERY;
    const found = await Promise.all(of.providers.map(async (pubkey) => {
      try {
        return providerDown(pubkey, await relayReader.announcements([], pubkey), clock());
      } catch {
        // Without a relay a provider's state is unknown. The relay's absence has its own alert.
        providersAt = turn + ROWS_EVERY;
        return null;
      }
    }));
    return found.filter((alert) => alert !== null);
  };

  return {
    async look() {
      if (working) return;
      working = true;
      try {
        const turn = looks++;
        const found = disconnections(deps.peers(), clock(), of.offlineMs);
        if (turn % ROWS_EVERY === 0) {
          const [rows, payers] = await Promise.all([
            store.listChainChannels(),
            store.listPayerChannels(),
          ]);
          const { lowBalancePercent: percent, asset } = of;
          found.push(...lowBalances(rows, payers, { percent, asset }), ...await payments());
        }
        if (turn >= providersAt) found.push(...await providers(turn));
        for (const alert of found) await tell(alert);
      } catch (error) {
        log("warn", "alerts could not be looked for", { error: messageOf(error) });
      } finally {
        working = false;
      }
    },
  };
}

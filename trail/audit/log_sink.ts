/**
 * The payment log as a follower's sink.
 *
 * @module
 */
import type { Log } from "../../base/log/log.ts";
import { AuditError } from "./audit_error.ts";
import type { Sink } from "./follower.ts";
import { openPaymentLog, type PaymentLog } from "./payment_log.ts";

/** Makes the sink for the log of a folder. `sealed` is called when a day was sealed. */
export function logSink(folder: string, log: Log, sealed: () => void): Sink {
  let open: PaymentLog | null = null;
  return {
    async open() {
      open = await openPaymentLog(folder);
      if (open.repairedBytes > 0) {
        log("warn", "a torn line at the end of the payment log was cut off", {
          bytes: open.repairedBytes,
        });
      }
      return open.place;
    },
    async take(entries) {
      if (open === null) throw new AuditError("unreachable", "the payment log is not open");
      if (await open.append(entries) > 0) sealed();
    },
    // deno-lint-ignore require-await
    async close() {
      open?.close();
      open = null;
    },
  };
}

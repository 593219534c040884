/**
 * Asks a connector for its figures of our account, over a session that pays nothing, in a worker whose only permission is that host.
 * Commands and the dashboard show these figures as the balance.
 *
 * @module
 */
import { DEFAULT_WIRE } from "../../protocols/wires/names.ts";
import { wireOf } from "../../protocols/wires/wires.ts";
import { defineService } from "../../base/service.ts";
import type { Wire } from "../../protocols/btp/wire.ts";
import type { AccountFigures } from "../../money/claims/claim_ack.ts";
import type { Log } from "../../base/log/log.ts";
import { askOnce } from "./ask_once.ts";

/** Which connector, and how to sign in there. */
interface AccountOptions {
  readonly url: string;
  readonly auth: { readonly username: string; readonly token: string } | null;
  /** `interledger` unless told. */
  readonly wire?: Wire["name"];
  /** Whose figures are asked for; null or missing where the connector knows which channel is ours. */
  readonly channelId?: string | null;
  /** `host:port`, the only address that may be reached. */
  readonly host: string;
}

/** What may be asked. */
interface Account {
  /** The connector's figures, asked now; null when it cannot be reached or knows no such question. */
  figures(): Promise<AccountFigures | null>;
}

/** For the host: the service `account`. */
export const definition = defineService({
  name: "account",
  methods: ["figures"] as const,
  permissions: ({ host }: AccountOptions) => ({ net: [host] }),
  start(
    options: AccountOptions,
    _services: unknown,
    context: { readonly log: Log },
  ): Promise<Account> {
    return Promise.resolve({
      figures: () =>
        askOnce({
          url: options.url,
          auth: options.auth,
          wire: wireOf(options.wire ?? DEFAULT_WIRE),
          log: context.log,
        }, options.channelId ?? null),
    });
  },
});

/**
 * Asks a connector for the figures of our account. The session pays nothing, and the worker may reach only the connector's host. Commands
 * and the dashboard show these figures as the balance.
 *
 * @module
 */
import { DEFAULT_WIRE } from "../../protocols/wires/names.ts";
import { defineService } from "../../base/service.ts";
import type { Wire } from "../../protocols/btp/wire.ts";
import type { AccountFigures } from "../../money/claims/claim_ack.ts";
import type { Log } from "../../base/log/log.ts";

/** The connector, and how to sign in to it. */
interface AccountOptions {
  readonly url: string;
  readonly auth: { readonly username: string; readonly token: string } | null;
  /** Default: `interledger`. */
  readonly wire?: Wire["name"];
  /** The channel whose figures are requested. Null or missing if the connector knows our channel. */
  readonly channelId?: string | null;
  /** `host:port`, the only address that may be reached. */
  readonly host: string;
}

/** The service's method. */
interface Account {
  /** Requests the connector's figures now. Null if the connector cannot be reached or does not support the request. */
  figures(): Promise<AccountFigures | null>;
}

/** For the host: the service `account`. */
export const definition = defineService({
  name: "account",
  methods: ["figures"] as const,
  permissions: ({ host }: AccountOptions) => ({ net: [host] }),
  async start(
    options: AccountOptions,
    _services: unknown,
    context: { readonly log: Log },
  ): Promise<Account> {
    // Imported here, because the supervisor loads this file only for its permissions.
    const { askOnce } = await import("./ask_once.ts");
    const { wireOf } = await import("../../protocols/wires/wires.ts");
    return {
      figures: () =>
        askOnce({
          url: options.url,
          auth: options.auth,
          wire: wireOf(options.wire ?? DEFAULT_WIRE),
          log: context.log,
        }, options.channelId ?? null),
    };
  },
});

/**
 * Asks a connector for its own figures of our account, over a session that pays nothing, in a worker that reaches the connector
 * and nothing else. What a screen shows as a balance comes from here.
 *
 * @module
 */
import { DEFAULT_WIRE } from "../../protocols/wires/names.ts";
import { wireOf } from "../../protocols/wires/wires.ts";
import { defineService } from "../../base/service.ts";
import type { Wire } from "../../protocols/btp/wire.ts";
import type { AccountFigures } from "../../money/claims/claim_ack.ts";
import { systemTimers } from "../../base/timers.ts";
import { Dialer } from "./dialer.ts";
import { askClaimState } from "./session_link.ts";

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

const CONNECT_MS = 5_000;

/** For the host: the service `account`. */
export const definition = defineService({
  name: "account",
  methods: ["figures"] as const,
  permissions: ({ host }: AccountOptions) => ({ net: [host] }),
  start(
    options: AccountOptions,
    _services: unknown,
    context: { readonly log: ConstructorParameters<typeof Dialer>[0]["log"] },
  ): Promise<Account> {
    return Promise.resolve({ figures: () => ask(options, context.log) });
  },
});

async function ask(
  options: AccountOptions,
  log: ConstructorParameters<typeof Dialer>[0]["log"],
): Promise<AccountFigures | null> {
  const { promise, resolve } = Promise.withResolvers<AccountFigures | null>();
  const dialer = new Dialer({
    url: options.url,
    auth: options.auth,
    wire: wireOf(options.wire ?? DEFAULT_WIRE),
    timers: systemTimers,
    random: Math.random,
    log,
    onSession: (session) => void askClaimState(session, options.channelId ?? null).then(resolve),
    onEnd: () => {},
    onMessage: () => Promise.resolve(null),
    onStatus: ({ state }) => {
      if (state !== "connecting" && state !== "connected") resolve(null);
    },
  });
  const cancel = systemTimers.after(CONNECT_MS, () => resolve(null));
  try {
    return await promise;
  } finally {
    cancel();
    dialer.close();
  }
}

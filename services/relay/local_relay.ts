/**
 * The `relay` service that a stage's own worker makes for it: sessions under the stage's permissions.
 *
 * @module
 */
import type { Signer } from "../signer/signer.ts";
import {
  createRelayService,
  type RelayService,
  type RelaySessionOptions,
} from "./relay_session.ts";

/** What the host gives to a service inside a worker. */
export interface LocalRelayContext {
  readonly clock: () => number;
  readonly log: NonNullable<RelaySessionOptions["log"]>;
  readonly count: (counter: string, by?: number) => void;
  readonly signal: AbortSignal;
}

/** Makes the service; with a `signer` among the remote services its sessions answer NIP-42 challenges. */
export function localRelay(
  options: Pick<RelaySessionOptions, "limits"> | undefined,
  services:
    | { readonly signer?: Pick<Signer, "identity" | "signEvents"> }
    | undefined,
  context: LocalRelayContext,
): RelayService {
  const service = createRelayService({
    signer: services?.signer ?? null,
    ...(options?.limits === undefined ? {} : { limits: options.limits }),
    clock: context.clock,
    log: context.log,
    count: context.count,
  });
  return {
    open: (given) => {
      const session = service.open(given);
      context.signal.addEventListener("abort", () => session.close(), {
        once: true,
      });
      return session;
    },
  };
}

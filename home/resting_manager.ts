/**
 * The channel manager of a daemon, whose worker ends while its channels are quiet. The next call starts it, and this thread does so when the
 * chain must be looked at again.
 *
 * @module
 */
import { messageOf } from "../base/thrown.ts";
import type { Log } from "../base/log/log.ts";
import type { ChannelManagerServiceOptions } from "../money/channels/manager_service.ts";
import { restMs } from "../money/claims/resting.ts";
import type { RenewableService, ServiceHandle } from "../runtime/hosted_service.ts";
import type { Supervisor } from "./workers/supervisor.ts";

/** A manager that may rest. */
interface RestingManager {
  readonly handle: RenewableService;
  /** Whether it rests now. */
  readonly rests: () => boolean;
}

/** Starts it. `restAfterMs` is the time without a call after which it rests, if it may. */
export async function startRestingManager(
  supervisor: Pick<Supervisor, "whenNeeded">,
  name: "channel-manager" | "channel-manager-provable",
  options: ChannelManagerServiceOptions,
  services: Readonly<Record<string, ServiceHandle>> & { readonly store: ServiceHandle },
  { log, restAfterMs, untilLookMs = restMs }: {
    readonly log: Log;
    readonly restAfterMs?: number;
    /** Returns how long it may rest. */
    readonly untilLookMs?: typeof restMs;
  },
): Promise<RestingManager> {
  const store = services.store.client();
  let rests = false;
  let looking: ReturnType<typeof setTimeout> | undefined;

  const wakeLater = async () => {
    try {
      const rows = await store.listChainChannels({ ended: false });
      if (!rests) return;
      looking = setTimeout(() => handle.wake?.(), untilLookMs(rows));
      // The workers keep the process alive.
      Deno.unrefTimer(looking);
    } catch (error) {
      log("debug", "the channel manager does not rest", { reason: messageOf(error) });
      handle.wake?.();
    }
  };
  const told = (resting: boolean) => {
    rests = resting;
    clearTimeout(looking);
    if (resting) void wakeLater();
  };
  const handle = await supervisor.whenNeeded(name, options, services, restAfterMs, {
    rests: told,
    isVital: true,
  });
  handle.wake?.();
  return { handle, rests: () => rests };
}

/**
 * Writes events to relays that others name: a worker starts that may reach exactly the relays of this one write
 * ({@link ../market/relay_copies_service.ts}), and ends after it.
 *
 * Held: at most {@link MOST_AT_ONCE} such workers, and {@link MOST_WAITING} writes that wait for one. Further writes are answered at once
 * as `offline`. Writes for which a person waits are counted separately and go first, because strangers decide how many others there are.
 *
 * @module
 */
import { messageOf } from "../base/thrown.ts";
import { type CopyAnswer, MOST_COPIES, type RelayCopies } from "../market/relay_copies.ts";
import type { ServiceHandle } from "../runtime/hosted_service.ts";
import { servedHere } from "./served_here.ts";
import type { Supervisor } from "./workers/supervisor.ts";

const MOST_AT_ONCE = 2;
const MOST_WAITING = 32;

/** Makes the service. It serves its clients on this thread until it is disposed. */
export function startRelayCopies(
  supervisor: Pick<Supervisor, "start">,
): ServiceHandle<RelayCopies> & Disposable {
  let free = MOST_AT_ONCE;
  const awaited: (() => void)[] = [];
  const others: (() => void)[] = [];
  /** Gives the place to the next write that waits. */
  const leave = () => {
    const next = awaited.shift() ?? others.shift();
    if (next === undefined) free++;
    else next();
  };

  const writeNow = async (relayUrls: readonly string[], documents: readonly Uint8Array[]) => {
    const died = Promise.withResolvers<never>();
    // The worker reads answers of strangers. If it dies, only this write fails.
    died.promise.catch(() => undefined);
    const service = await supervisor.start("relay-copies", { relayUrls }, {}, {
      onDeath: died.reject,
    });
    try {
      await service.ready;
      return await Promise.race([service.client().write(relayUrls, documents), died.promise]);
    } finally {
      await service.stop();
    }
  };

  const write: RelayCopies["write"] = async (named, documents, isAwaited = false) => {
    const relayUrls = named.slice(0, MOST_COPIES);
    if (relayUrls.length === 0) return [];
    const failed = (reason: string): CopyAnswer[] =>
      relayUrls.map((relayUrl) => ({ relayUrl, state: "offline", reason }));
    const waiting = isAwaited ? awaited : others;
    if (free === 0 && waiting.length >= MOST_WAITING) return failed("too many writes wait");
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await writeNow(relayUrls, documents);
    } catch (error) {
      return failed(messageOf(error));
    } finally {
      leave();
    }
  };

  return servedHere("relay-copies", { write }, ["write"]);
}

/**
 * What one session writes to its socket. Frames of one turn of the event loop leave in one write: after a commit many answers go out at
 * once, and each write costs a system call here and a wake-up there. They leave at the end of the turn, so no frame waits for another.
 *
 * Held: what `ws` buffers. Above {@link HIGH_WATER_BYTES} the writer is full, and whoever makes frames waits for {@link SocketWriter.writable}.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import type WebSocket from "ws";
import { reached } from "../../base/crash_point.ts";
import type { Timers } from "../../base/timers.ts";

/** Above this many unsent bytes nothing new is signed. */
const HIGH_WATER_BYTES = 262_144;
const DRAIN_POLL_MS = 5;

interface Corkable {
  cork(): void;
  uncork(): void;
}

/** The writing side of an open socket. */
export class SocketWriter {
  /** The socket while its writes are gathered. */
  #corked: Corkable | null = null;
  #drained: Promise<void> | null = null;
  #ended = false;

  /** Writes nothing yet. */
  constructor(private readonly socket: WebSocket, private readonly timers: Timers) {}

  /** Whether more waits than the peer reads. */
  get full(): boolean {
    return !this.#ended && this.socket.bufferedAmount >= HIGH_WATER_BYTES;
  }

  /** Null when the socket takes more now, else a promise for when it does or the session ended; one for all who wait. */
  writable(): Promise<void> | null {
    if (!this.full) return null;
    this.#drained ??= new Promise<void>((resolve) => {
      const look = () => {
        if (this.full) return void this.timers.after(DRAIN_POLL_MS, look);
        this.#drained = null;
        resolve();
      };
      this.timers.after(DRAIN_POLL_MS, look);
    });
    return this.#drained;
  }

  /** Sends a frame; dropped where the socket is not open any more. */
  send(bytes: Uint8Array): void {
    if (this.#ended || this.socket.readyState !== this.socket.OPEN) return;
    this.#cork();
    this.socket.send(bytes);
  }

  /** Lets go of what was gathered. */
  flush(): void {
    const raw = this.#corked;
    this.#corked = null;
    raw?.uncork();
    if (raw !== null) reached("btp.flushed");
  }

  /** The session ended: nothing is written any more, and whoever waits goes on. */
  end(): void {
    this.#ended = true;
  }

  #cork(): void {
    // Not in the types of ws; without it frames leave one by one.
    const { _socket: raw } = this.socket as unknown as { _socket?: Corkable | null };
    if (this.#corked !== null || typeof raw?.cork !== "function") return;
    this.#corked = raw;
    raw.cork();
    setImmediate(() => this.flush());
  }
}

/**
 * Writes the frames of one session to its socket. All frames of one turn of the event loop are sent in one write: after a commit many
 * answers are sent at the same time, and each write costs a system call here and a wake-up at the peer. The write happens at the end of the
 * turn, so a frame never waits for frames of a later turn.
 *
 * Held: what the socket buffers. Above {@link HIGH_WATER_BYTES} the writer is full, and senders wait for {@link SocketWriter.writable}.
 *
 * @module
 */
import { reached } from "../../base/crash_point.ts";
import type { Timers } from "../../base/timers.ts";
import type { FrameSocket } from "../socket/frame_socket.ts";

/** From this many unsent bytes on, nothing new is signed. */
const HIGH_WATER_BYTES = 262_144;
const DRAIN_POLL_MS = 5;

interface Corkable {
  cork(): void;
  uncork(): void;
}

/** The writing side of an open socket. */
export class SocketWriter {
  /** What collects writes at the moment. */
  #corked: Corkable | null = null;
  #drained: Promise<void> | null = null;
  #ended = false;

  /** Writes nothing yet. */
  constructor(private readonly socket: FrameSocket, private readonly timers: Timers) {}

  /** Whether too many bytes wait because the peer does not read them fast enough. */
  get full(): boolean {
    return !this.#ended && this.socket.bufferedAmount >= HIGH_WATER_BYTES;
  }

  /**
   * Null if the socket can send more now. Otherwise a promise that resolves when it can, or when the session has ended. All waiting callers
   * share one promise.
   */
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

  /** Sends a frame. Drops it if the socket is no longer open. */
  send(bytes: Uint8Array): void {
    if (this.#ended || this.socket.readyState !== this.socket.OPEN) return;
    this.#cork();
    this.socket.send(bytes);
  }

  /** Writes the collected frames now. */
  flush(): void {
    const raw = this.#corked;
    this.#corked = null;
    raw?.uncork();
    if (raw !== null) reached("btp.flushed");
  }

  /** The session ended: nothing more is written, and waiting senders continue. */
  end(): void {
    this.#ended = true;
  }

  #cork(): void {
    // A socket of `ws` is corked below it, and its types do not declare `_socket`. Without it, each frame is written separately.
    const { _socket: below } = this.socket as unknown as { _socket?: Corkable | null };
    const raw = "cork" in this.socket ? this.socket as unknown as Corkable : below;
    if (this.#corked !== null || typeof raw?.cork !== "function") return;
    this.#corked = raw;
    raw.cork();
    globalThis.setImmediate(() => this.flush());
  }
}

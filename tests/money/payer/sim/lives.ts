/** What a process of the simulation has in memory: gone when it crashes. */
import { CommitLane } from "../../../../money/claims/commit_lane.ts";
import type { Payer } from "../../../../money/payer/payer.ts";
import type { Receiver } from "../../../../money/receiver/receiver.ts";
import { type Disk, storeOf } from "./disk.ts";
import type { FarEnd, SimLink } from "./line.ts";
import type { VirtualTime } from "./virtual_time.ts";

export class Life {
  alive = true;
  readonly store: ReturnType<typeof storeOf>;
  readonly lane: CommitLane;
  readonly timers;

  constructor(readonly disk: Disk, time: VirtualTime, failure: () => number) {
    this.store = storeOf(disk, time, failure);
    this.timers = time.timersOf(() => this.alive);
    this.lane = new CommitLane(this.store, (task) => void this.timers.after(0, task));
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.timers.after(ms, resolve));
  }
}

export class PayerLife extends Life {
  payer: Payer | null = null;
  link: SimLink | null = null;
}

export class HubLife extends PayerLife {
  receiver: Receiver | null = null;
  open = false;
}

export class TerminalLife extends Life {
  receiver: Receiver | null = null;
  open = false;
}

export function farEnd(life: HubLife | TerminalLife, channelId: string): FarEnd {
  const from = { kind: "channel", channelId } as const;
  const stillAlive = <T>(value: T): T | Promise<T> => life.alive ? value : new Promise(() => {});
  return {
    receive: (packet) => life.receiver!.receive(packet, from).then(stillAlive),
    claimState: () => life.receiver!.claimState(from).then(stillAlive),
  };
}

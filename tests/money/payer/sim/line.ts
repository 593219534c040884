/**
 * Lines between simulated processes: sessions that break, frames that are lost, repeated, late or, in some schedules, out of order.
 */
import type { ClaimState } from "../../../../money/claims/claim_ack.ts";
import type { LinkAnswer, PacketLink, SentPacket } from "../../../../money/claims/packet_link.ts";
import type { VirtualTime } from "./virtual_time.ts";

/** How bad the weather is. */
export interface Weather {
  readonly loseRequest: number;
  readonly loseAnswer: number;
  readonly repeat: number;
  readonly late: number;
  readonly reorder: boolean;
}

export const CALM: Weather = { loseRequest: 0, loseAnswer: 0, repeat: 0, late: 0, reorder: false };

/** The current far end: null while it is down. */
export interface FarEnd {
  receive(packet: SentPacket): Promise<LinkAnswer | null>;
  claimState(): Promise<ClaimState | null>;
}

export interface SimLink extends PacketLink {
  readonly up: boolean;
  /** The session breaks: frames under way may still arrive, and their answers are lost. */
  cut(): void;
}

export function simLink(
  time: VirtualTime,
  weather: () => Weather,
  far: () => FarEnd | null,
  onSend: (packet: SentPacket) => void,
  alive: () => boolean,
): SimLink {
  let up = true;
  let lastArrival = 0;
  const delay = () => time.chance(weather().late) ? time.between(500, 40_000) : time.between(1, 40);
  const arrive = (ms: number): number => {
    if (weather().reorder) return ms;
    // In order, as in TCP: a late frame delays those behind it.
    lastArrival = Math.max(lastArrival, time.nowMs + ms);
    return lastArrival - time.nowMs;
  };
  return {
    get up() {
      return up;
    },
    cut: () => up = false,
    writable: () => null,
    claimState() {
      return new Promise((resolve) => {
        time.after(delay(), () => {
          const end = up ? far() : null;
          if (!alive()) return;
          if (end === null) return resolve(null);
          void end.claimState().then((state) =>
            time.after(time.between(1, 40), () => alive() && resolve(up ? state : null))
          );
        });
      });
    },
    send(packet) {
      if (!up) return Promise.resolve(null);
      onSend(packet);
      return new Promise((resolve) => {
        const deliver = () => {
          const end = far();
          if (end === null || time.chance(weather().loseRequest)) return;
          void end.receive(packet).then((answer) => {
            if (time.chance(weather().loseAnswer)) return;
            time.after(delay(), () => up && alive() && resolve(answer));
          });
        };
        time.after(arrive(delay()), deliver);
        if (time.chance(weather().repeat)) time.after(arrive(delay()), deliver);
      });
    },
  };
}

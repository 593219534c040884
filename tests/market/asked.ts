/** A request and the answers to it. */
import type { JobRow } from "../../store/job_row.ts";
import type { EventTemplate, NostrEvent, Pubkey } from "../../protocols/nostr/event.ts";
import { BUYER, NOW_S, PROVIDER, request, signed } from "./market.ts";

export const asked = request();

export const good = JSON.stringify({
  exit_code: 1,
  log: "no",
  tests: { passed: 1, failed: 1, total: 2 },
});

export const address = [["e", asked.id], ["p", BUYER]];

export interface Case {
  readonly name: string;
  readonly template?: Partial<EventTemplate>;
  readonly author?: Pubkey;
  readonly job?: Partial<JobRow>;
  readonly nowS?: number;
  readonly expected: string;
}

export const result = ({ template, author }: Case): NostrEvent =>
  signed(
    { kind: 6601, created_at: NOW_S + 5, tags: address, content: good, ...template },
    author ?? PROVIDER,
  );

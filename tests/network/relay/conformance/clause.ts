/** One clause of a NIP, which our relay keeps or does not keep. The table of docs/relay.md is made of these. */
import assert from "node:assert/strict";
import type { NostrEvent } from "../../../../protocols/nostr/event.ts";
import {
  type RelayServer,
  type RelayServerOptions,
} from "../../../../network/relay/relay_server.ts";
import { RelayClient } from "../relay_client.ts";
import { event, json } from "../signed_events.ts";

/** What a clause is tried on. */
export interface World {
  readonly relay: RelayServer;
  readonly client: RelayClient;
  /** The relay's clock, which only the clause moves. */
  readonly time: { nowMs: number };
  /** Another connection. */
  connect(path?: string): Promise<RelayClient>;
  /** Takes events in; each must be stored. */
  write(...events: NostrEvent[]): Promise<void>;
}

/** A clause and its proof. */
export interface Clause {
  readonly nip: string;
  readonly clause: string;
  /** False: the relay does something else, and `run` shows what. */
  readonly kept: boolean;
  readonly note: string;
  readonly options: Partial<RelayServerOptions>;
  run(world: World): Promise<void>;
}

/** Seconds of the clock with which each world begins. */
export const NOW_S = Math.floor(Date.now() / 1_000);

/** A clause that is kept. */
export function kept(
  nip: string,
  clause: string,
  run: (world: World) => Promise<void>,
  options: Partial<RelayServerOptions> = {},
): Clause {
  return { nip, clause, kept: true, note: "", options, run };
}

/** A clause that is not kept, what the relay does instead, and the proof of that. */
export function missed(
  nip: string,
  clause: string,
  note: string,
  run: (world: World) => Promise<void>,
  options: Partial<RelayServerOptions> = {},
): Clause {
  return { nip, clause, kept: false, note, options, run };
}

/** An event of author `n`, `ago` seconds old. */
export function made(
  fields: Parameters<typeof event>[0] & { readonly ago?: number } = {},
  author = 1,
): NostrEvent {
  const { ago = 0, ...rest } = fields;
  return event({ created_at: NOW_S - ago, ...rest }, author);
}

/** What became of a write. */
export async function codeOf(relay: RelayServer, one: NostrEvent): Promise<string> {
  return (await relay.write(json(one))).code;
}

/** The next message is exactly this. */
export async function next(client: RelayClient, expected: unknown[]): Promise<void> {
  assert.deepEqual(await client.next(), expected);
}

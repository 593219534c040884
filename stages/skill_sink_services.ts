/**
 * The options and services of skillSink.
 *
 * @module
 */
import type { Asset } from "../protocols/ilp/asset.ts";
import type { DeclaredPermissions } from "../base/service.ts";
import type { Store } from "../store/store.ts";
import type { SkillRunner } from "../market/skill_runner.ts";
import type { Item, Settlement } from "./stage.ts";

/** Options of the stage. */
export interface SkillSinkOptions {
  readonly concurrency: number;
  /** The relay as a paid destination: its ILP address and key; empty if writes are free. */
  readonly relay: { readonly destination: string; readonly terminalPubkey: string };
  /** How texts for people show amounts; default base units. */
  readonly asset?: Asset;
  /** Free jobs that may wait before new ones are refused as busy; default 64. */
  readonly freeCapacity?: number;
  /** How long to wait for the payment of a request that names us before asking for it, in milliseconds; default 5,000. */
  readonly quoteAfterMs?: number;
  /** How long a run takes before its buyer is told that it has started, in milliseconds; default 2,000. */
  readonly tellAfterMs?: number;
  /** Options of the skills that run in the stage's worker; absent if nothing is run and requests are only recorded. */
  readonly skills?: Readonly<Record<string, unknown>>;
  /** The exact permissions that the skills need. */
  readonly permissions: DeclaredPermissions;
}

/** The document that a skill receives. */
export interface SkillDocument {
  readonly bytes: Uint8Array;
  readonly encoding: "toon" | "json";
  readonly known: Item["known"];
}

/** The services that the stage needs. */
export interface SkillSinkServices {
  readonly store: Store;
  readonly skills: SkillRunner;
}

/** The outcome of a document; null if it was aborted. */
export type Came = Omit<Settlement, "seq"> | null;

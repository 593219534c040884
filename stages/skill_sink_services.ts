/**
 * What skillSink is made of.
 *
 * @module
 */
import type { Asset } from "../protocols/ilp/asset.ts";
import type { DeclaredPermissions } from "../base/service.ts";
import type { Store } from "../store/store.ts";
import type { SkillRunner } from "../market/skill_runner.ts";
import type { Item, Settlement } from "./stage.ts";

/** Where answers are published and how much runs at once. */
export interface SkillSinkOptions {
  readonly concurrency: number;
  /** The relay as a paid destination: its ILP address and key; empty strings where writes are free. */
  readonly relay: { readonly destination: string; readonly terminalPubkey: string };
  /** What words for people tell amounts in; base units as such unless told. */
  readonly asset?: Asset;
  /** Free jobs that may wait before new ones are refused as busy; 64 unless told. */
  readonly freeCapacity?: number;
  /** How long the payment of a request that names us is waited for before it is asked for; 5,000 unless told. */
  readonly quoteAfterMs?: number;
  /** How long a run goes on before its buyer is told that it was taken; 2,000 unless told. */
  readonly tellAfterMs?: number;
  /** Options of the skills that run beside the stage; absent where nothing is run (requests are only recorded). */
  readonly skills?: Readonly<Record<string, unknown>>;
  /** Exactly what the skills need. */
  readonly permissions: DeclaredPermissions;
}

/** The document as a skill gets it. */
export interface SkillDocument {
  readonly bytes: Uint8Array;
  readonly encoding: "toon" | "json";
  readonly known: Item["known"];
}

/** What the stage asks for. */
export interface SkillSinkServices {
  readonly store: Store;
  readonly skills: SkillRunner;
}

/** What became of a document; null when it was cut short by an abort. */
export type Came = Omit<Settlement, "seq"> | null;

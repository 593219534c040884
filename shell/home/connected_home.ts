/**
 * A command's connection to a home, and what it must offer.
 *
 * @module
 */
import type { HomeApi } from "../../home/client/home_api.ts";
import type { Supervisor } from "../../home/workers/supervisor.ts";
import type { Store } from "../../store/store.ts";
import type { HomeAbout } from "./home_about.ts";

/** A connection to a home. */
export interface HomeConnection {
  /** True if this process serves the home. */
  readonly here: boolean;
  readonly about: HomeAbout;
  readonly api: HomeApi;
  /** Reads the store. */
  store(): Promise<Store>;
  /** Closes the connection. */
  end(): Promise<void>;
}

/** What the connection must offer. */
export interface ConnectionNeeds {
  /** Whether the process that holds the home fits. If not, the command waits until that process has ended. */
  readonly fits: (about: HomeAbout) => boolean;
  /** True if something will be sent. The pipelines that send then start at once. */
  readonly sends: boolean;
  /** Called while this process opens the home, so that the command starts its own services beside the home's. */
  readonly meanwhile?: (supervisor: Supervisor) => void;
  /** A recipient outside of channels. The signer accepts it beside its contracts. */
  readonly recipient: string | null;
  /** True if the command writes to the relay. The relay's terms must then be accepted. */
  readonly writes: boolean;
  /** What to open if no process holds the home: the home; its store only, if the wallet cannot be opened; or always only its store. */
  readonly opens: "home" | "home_or_store" | "store";
  /** How long to wait for a process that holds the home's lock without a socket, in milliseconds; 30 s by default. */
  readonly waitMs?: number;
}

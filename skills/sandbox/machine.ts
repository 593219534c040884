/**
 * The machine as the built-in skills see it.
 *
 * @module
 */
import type { ModelEndpoint } from "../builtin/text_generation/model_endpoint.ts";
import type { Sandbox, SandboxPolicy } from "./sandbox.ts";
import type { Tools } from "./tools.ts";

/** The machine on which skills run. */
export interface Machine {
  /** Its programs. */
  readonly tools: Tools;
  /** The sandbox of commands. */
  readonly sandbox: Sandbox;
  /** Which buyers are served without a sandbox. */
  readonly policy: SandboxPolicy;
  /** For example `linux/amd64`. */
  readonly platform: string;
  /** The operator's model server. Null or absent if there is none. */
  readonly model?: ModelEndpoint | null;
  /** The folder in which callback skills store the files of this home's own jobs. Null or absent without callbacks. */
  readonly artifacts?: string | null;
  /** The folder with layers of earlier builds. Null or absent if layers are not kept. */
  readonly layers?: string | null;
  /** The folder with repositories of earlier jobs. Null or absent if they are not kept. */
  readonly repositories?: string | null;
}

/**
 * What skills of this program are told of where they run.
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
  /** What commands run in. */
  readonly sandbox: Sandbox;
  /** Whom to serve without a sandbox. */
  readonly policy: SandboxPolicy;
  /** e.g. `linux/amd64`. */
  readonly platform: string;
  /** The operator's model server; null or absent where there is none. */
  readonly model?: ModelEndpoint | null;
  /** Where callback skills leave files of the home's own jobs; null or absent where no callback is given. */
  readonly artifacts?: string | null;
  /** Where layers of earlier builds are kept; null or absent where none are. */
  readonly layers?: string | null;
  /** Where repositories of earlier jobs are kept; null or absent where none are. */
  readonly repositories?: string | null;
}

/**
 * From what a buyer typed to an unsigned request: the input is read and packed (pack_input.ts), the event built (job_request.ts).
 * Runs where the input may be read, and nothing else.
 *
 * @module
 */
import type { Pubkey, UnsignedEvent } from "../../protocols/nostr/event.ts";
import { eventId } from "../../protocols/nostr/event.ts";
import { buildJobRequest, type JobSpec, kindOfJob, signedBytes } from "./job_request.ts";
import { packBytes, type PackedInput, packInput } from "./pack_input.ts";

/** A job as flags name it. Survives a structured clone. */
export interface JobFlags extends Omit<JobSpec, "input"> {
  /** A path, a text, a URL; null where there is none. */
  readonly input: string | null;
  /** What standard input held, where `input` is `-`. */
  readonly stdin?: Uint8Array;
  /** An input that was read before, in the place of `input`. */
  readonly packed?: PackedInput;
  /** The most bytes that the signed request may take. */
  readonly limitBytes: number;
}

/** A request that may be signed. */
export interface BuiltRequest {
  readonly request: UnsignedEvent;
  readonly eventId: string;
  readonly kind: number;
  /** Bytes of the signed event on the wire. */
  readonly sizeBytes: number;
  /** What the user should know of the input. */
  readonly notes: readonly string[];
}

/** Builds requests. */
export interface Intake {
  /** Reads and packs the input alone, for a request that is built later. Null where there is none. Throws InputError. */
  pack(flags: Pick<JobFlags, "input" | "stdin" | "limitBytes">): Promise<PackedInput | null>;
  /** Throws InputError, whose message names the limit where one was exceeded. */
  build(flags: JobFlags, buyer: Pubkey): Promise<BuiltRequest>;
  /** The same request, asked of one provider: with its `p` tag and a new id. */
  assign(built: BuiltRequest, provider: Pubkey): BuiltRequest;
}

/** Makes an intake. `path` is where git finds its helpers. */
export function intake(deps: { readonly clock: () => number; readonly path?: string }): Intake {
  const pack: Intake["pack"] = async (flags) => {
    if (flags.input === null) return null;
    if (flags.stdin) return packBytes(flags.stdin, "standard input", null, flags);
    return await packInput(flags.input, {
      git: "git",
      path: deps.path ?? "/usr/local/bin:/usr/bin:/bin",
      limitBytes: flags.limitBytes,
      stdin: () => Promise.resolve(new Uint8Array()),
    });
  };
  return {
    pack,
    async build(flags, buyer) {
      kindOfJob(flags.type, flags.kind);
      const input = flags.packed ?? await pack(flags);
      const request = buildJobRequest(
        { ...flags, input },
        buyer,
        Math.floor(deps.clock() / 1000),
        flags.limitBytes,
      );
      return describe(request, input?.notes ?? []);
    },
    assign({ request, notes }, provider) {
      const others = request.tags.filter((tag) => tag[0] !== "p");
      return describe({ ...request, tags: [...others, ["p", provider]] }, notes);
    },
  };
}

function describe(request: UnsignedEvent, notes: readonly string[]): BuiltRequest {
  return {
    request,
    eventId: eventId(request),
    kind: request.kind,
    sizeBytes: signedBytes(request),
    notes,
  };
}

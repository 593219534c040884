/**
 * A provider's statement about an image that it built: an in-toto statement with SLSA provenance, in a DSSE envelope that the provider's
 * Nostr key signs. It names the image by its digest, the builder, the inputs and the payment. Pure.
 *
 * The signature is BIP-340 over SHA-256 of DSSE's pre-authentication encoding, which starts with `DSSEv1`. So it can never be the signature
 * of an event, whose serialization starts with `[0,`.
 *
 * @see https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
 * @see https://slsa.dev/spec/v1.0/provenance
 * @see https://github.com/in-toto/attestation/blob/main/spec/v1/digest_set.md
 * @see https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
 * @module
 */
import { sha256 } from "../sha256.ts";
import { hexToBytes, isHex } from "../nostr/hex.ts";
import { loadSchnorr } from "../nostr/schnorr.ts";

/** The facts of a build. */
export interface BuildFacts {
  /** The image's name. */
  readonly name: string;
  /** SHA-256 of the image's manifest, 64 hex digits. */
  readonly digest: string;
  /** For example `linux/arm64`. */
  readonly platform: string;
  /** Whether its steps ran in an emulator. */
  readonly emulated: boolean;
  /** The sandbox, for example `bubblewrap+cgroup`. */
  readonly sandbox: string;
  /** The engine and its version. */
  readonly engine: string;
  /** The inputs: the context first, then the base images. */
  readonly inputs: readonly BuildInput[];
  /** Parameters of the request: Containerfile, target, build arguments, test. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  /** Milliseconds since the epoch. */
  readonly finishedAtMs: number;
}

/** An input of a build. */
export interface BuildInput {
  /** The image's name, `context`, or the address of a repository. */
  readonly name: string;
  /** SHA-256 of the bytes that the buyer sent, or of a base image's manifest. Null if there are no such bytes, or if it is not known. */
  readonly sha256: string | null;
  /** The commit that was built, 40 or 64 hex digits, if the input is a repository or a bundle. */
  readonly gitCommit?: string;
  /** The address of a repository. */
  readonly uri?: string;
}

/** The job's data that the provider adds. */
export interface BuildJob {
  /** The provider's key, 64 hex digits. */
  readonly provider: string;
  /** The buyer's key, 64 hex digits. */
  readonly buyer: string;
  /** The id of the request event, 64 hex digits. */
  readonly requestId: string;
  /** The paid amount, base units in decimal. */
  readonly amountUnits: string;
}

/** A DSSE envelope. */
export interface Envelope {
  /** Always {@link PAYLOAD_TYPE}. */
  readonly payloadType: string;
  /** Base64 of the statement's JSON. */
  readonly payload: string;
  /** One signature, of the provider: its key in hex, and the 64 bytes in base64. */
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

/** The fields that are read from a statement. */
interface BuildStatement {
  /** The built images. */
  readonly subject: readonly {
    readonly name: string;
    readonly digest: { readonly sha256: string };
  }[];
  /** The builder: `nostr:` and its key. */
  readonly builderId: string;
  /** The id of the request event. */
  readonly requestId: string;
  /** The commits that were built, one for each input that is a repository. */
  readonly gitCommits: readonly string[];
  /** SHA-256 of the context, which is the first input. Null if the statement names none. */
  readonly contextSha256: string | null;
}

/** The payload type of a statement in an envelope. */
const PAYLOAD_TYPE = "application/vnd.in-toto+json";
const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
const PREDICATE_TYPE = "https://slsa.dev/provenance/v1";
/** The build type of an image-build job; see docs/image_builds.md#statements. */
const BUILD_TYPE = "urn:crosstown:image-build:1";
const MAX_PAYLOAD_BYTES = 65_536;

/**
 * The JSON of a statement.
 *
 * @throws {RangeError} if a digest, key or id is not 64 lowercase hex digits, or the amount is not a whole number
 */
export function buildStatement(facts: BuildFacts, job: BuildJob): string {
  const { provider, buyer, requestId, amountUnits } = job;
  for (
    const [name, value] of Object.entries({ digest: facts.digest, provider, buyer, requestId })
  ) {
    if (!isHex(value, 64)) throw new RangeError(`${name} must be 64 lowercase hex digits`);
  }
  if (!/^\d{1,40}$/.test(amountUnits)) throw new RangeError("amountUnits must be a whole number");
  const time = (ms: number) => new Date(ms).toISOString();
  return JSON.stringify({
    _type: STATEMENT_TYPE,
    subject: [{ name: facts.name, digest: { sha256: facts.digest } }],
    predicateType: PREDICATE_TYPE,
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: { platform: facts.platform, ...facts.parameters },
        internalParameters: { emulated: facts.emulated, sandbox: facts.sandbox },
        resolvedDependencies: facts.inputs.map(dependencyOf),
      },
      runDetails: {
        builder: { id: `nostr:${provider}`, version: { engine: facts.engine } },
        metadata: {
          invocationId: `nostr:${requestId}`,
          startedOn: time(facts.startedAtMs),
          finishedOn: time(facts.finishedAtMs),
        },
        byproducts: [{
          name: "payment",
          annotations: { request: requestId, buyer, amount: amountUnits, unit: "units" },
        }],
      },
    },
  });
}

/** An input as a resource descriptor, whose digest set has the names of in-toto: `sha256`, `gitCommit`. */
function dependencyOf({ name, sha256, gitCommit, uri }: BuildInput) {
  if (gitCommit !== undefined && !isCommit(gitCommit)) {
    throw new RangeError("gitCommit must be 40 or 64 lowercase hex digits");
  }
  const digest = {
    ...(sha256 === null ? {} : { sha256 }),
    ...(gitCommit === undefined ? {} : { gitCommit }),
  };
  return {
    name,
    ...(uri === undefined ? {} : { uri }),
    ...(Object.keys(digest).length === 0 ? {} : { digest }),
  };
}

/** Whether a text is the whole id of a git commit, SHA-1 or SHA-256. */
export function isCommit(text: string): boolean {
  return isHex(text, 40) || isHex(text, 64);
}

/** The 32 bytes to sign for a statement. */
export function statementDigest(statement: string): Uint8Array {
  const body = new TextEncoder().encode(statement);
  const head = `DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${body.length} `;
  const encoded = new Uint8Array(head.length + body.length);
  encoded.set(new TextEncoder().encode(head));
  encoded.set(body, head.length);
  return sha256(encoded);
}

/** The envelope of a statement; `signature` is 128 hex digits. */
export function envelopeOf(statement: string, signature: string, pubkey: string): Envelope {
  return {
    payloadType: PAYLOAD_TYPE,
    payload: new TextEncoder().encode(statement).toBase64(),
    signatures: [{ keyid: pubkey, sig: hexToBytes(signature).toBase64() }],
  };
}

/** Reads an envelope that this key signed. Null if the key did not sign it, or it contains no statement about a build. */
export async function openEnvelope(
  envelope: unknown,
  pubkey: string,
): Promise<BuildStatement | null> {
  const check = await loadSchnorr();
  try {
    const { payloadType, payload, signatures } = envelope as Envelope;
    if (payloadType !== PAYLOAD_TYPE || payload.length > MAX_PAYLOAD_BYTES) return null;
    const bytes = Uint8Array.fromBase64(payload);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const signature = Uint8Array.fromBase64(signatures[0].sig);
    if (!check(statementDigest(text), hexToBytes(pubkey), signature)) return null;
    return readStatement(JSON.parse(text));
  } catch {
    // The document comes from others. Every error in it means that it is not a valid statement.
    return null;
  }
}

function readStatement(value: {
  readonly _type: string;
  readonly predicateType: string;
  readonly subject: BuildStatement["subject"];
  readonly predicate: {
    readonly buildDefinition?: {
      readonly resolvedDependencies?: readonly {
        readonly digest?: { readonly gitCommit?: unknown; readonly sha256?: unknown };
      }[];
    };
    readonly runDetails: {
      readonly builder: { readonly id: string };
      readonly metadata: { readonly invocationId: string };
    };
  };
}): BuildStatement | null {
  if (value._type !== STATEMENT_TYPE || value.predicateType !== PREDICATE_TYPE) return null;
  const { builder, metadata } = value.predicate.runDetails;
  const subject = value.subject.map(({ name, digest }) => ({
    name: String(name),
    digest: { sha256: String(digest.sha256) },
  }));
  const inputs = value.predicate.buildDefinition?.resolvedDependencies ?? [];
  return {
    gitCommits: inputs.flatMap(({ digest }) =>
      digest?.gitCommit === undefined ? [] : [String(digest.gitCommit)]
    ),
    contextSha256: inputs[0]?.digest?.sha256 === undefined ? null : String(inputs[0].digest.sha256),
    subject,
    builderId: String(builder.id),
    requestId: String(metadata.invocationId).replace(/^nostr:/, ""),
  };
}

/**
 * Solidity to artifacts with solc from npm, the same bytes on every machine: sources go by their path in this repository or by their
 * package name, and no metadata hash is appended.
 *
 * @module
 */
import solc from "solc";

/** What the chain needs of one contract, as it stands in `contracts/artifacts/`. */
export interface Artifact {
  /** As in the source. */
  readonly contractName: string;
  /** The full version of the compiler. */
  readonly compiler: string;
  /** The JSON interface. */
  readonly abi: readonly AbiItem[];
  /** Creation code, `0x` and hex; constructor arguments come behind it. */
  readonly bytecode: string;
  /** Code on chain, `0x` and hex, zero where immutable values go. */
  readonly runtimeBytecode: string;
  /** Where those are: byte ranges of the runtime code, in ascending order. */
  readonly immutableRanges: readonly { readonly start: number; readonly length: number }[];
}

/** One entry of a JSON interface. */
export interface AbiItem {
  /** `function`, `event`, `error` or `constructor`. */
  readonly type: string;
  /** Missing for a constructor. */
  readonly name?: string;
}

/** The settings of every compilation. */
export const SETTINGS = {
  evmVersion: "cancun",
  optimizer: { enabled: true, runs: 10_000 },
  metadata: { appendCBOR: false, bytecodeHash: "none" },
  outputSelection: {
    "*": {
      "*": [
        "abi",
        "evm.bytecode.object",
        "evm.deployedBytecode.object",
        "evm.deployedBytecode.immutableReferences",
      ],
    },
  },
} as const;

/** Transient storage was used: OpenZeppelin's guard clears it at the end of each call, which the warning itself calls safe. */
const ACCEPTED: ReadonlySet<string> = new Set(["2394"]);

const ROOT = new URL("../", import.meta.url);

/**
 * Compiles Solidity files and what they import.
 *
 * @param paths From the root of the repository, with forward slashes.
 * @returns The artifact of every concrete contract in those files, by name; files that they import give none
 * @throws {CompileError} on any error or warning of the compiler
 */
export function compileContracts(paths: readonly string[]): ReadonlyMap<string, Artifact> {
  const sources = Object.fromEntries(
    paths.map((path) => [path, Deno.readTextFileSync(new URL(path, ROOT))]),
  );
  const artifacts = [...compileSources(sources).values()].flat();
  return new Map(artifacts.map((artifact) => [artifact.contractName, artifact]));
}

/**
 * Compiles Solidity text, in one run of the compiler.
 *
 * @param sources Text by path; what it imports comes from here, else from this repository or its packages.
 * @param settings Instead of {@link SETTINGS}, key by key.
 * @returns The artifacts of every concrete contract, by path
 * @throws {CompileError} on any error or warning of the compiler
 */
export function compileSources(
  sources: Readonly<Record<string, string>>,
  settings: { readonly optimizer?: { readonly enabled: boolean; readonly runs?: number } } = {},
): ReadonlyMap<string, readonly Artifact[]> {
  const output: SolcOutput = JSON.parse(solc.compile(
    JSON.stringify({
      language: "Solidity",
      sources: Object.fromEntries(
        Object.entries(sources).map(([path, content]) => [path, { content }]),
      ),
      settings: { ...SETTINGS, ...settings },
    }),
    { import: readImport },
  ));
  const findings = (output.errors ?? []).filter((finding) => !ACCEPTED.has(finding.errorCode));
  if (findings.length > 0) {
    throw new CompileError(findings.map((finding) => finding.formattedMessage).join("\n"));
  }
  return new Map(
    Object.keys(sources).map((path) => [
      path,
      Object.entries(output.contracts[path] ?? {})
        .filter(([, contract]) => contract.evm.bytecode.object !== "")
        .map(([name, contract]) => artifactOf(name, contract)),
    ]),
  );
}

function artifactOf(contractName: string, { abi, evm }: SolcContract): Artifact {
  const ranges = Object.values(evm.deployedBytecode.immutableReferences).flat();
  return {
    contractName,
    compiler: solc.version(),
    abi,
    bytecode: `0x${evm.bytecode.object}`,
    runtimeBytecode: `0x${evm.deployedBytecode.object}`,
    immutableRanges: ranges.map(({ start, length }) => ({ start, length }))
      .sort((one, other) => one.start - other.start),
  };
}

function readImport(path: string): { contents: string } | { error: string } {
  try {
    const url = path.startsWith("@") ? import.meta.resolve(path) : new URL(path, ROOT);
    return { contents: Deno.readTextFileSync(new URL(url)) };
  } catch {
    return { error: `no source at ${path}` };
  }
}

/** The parts of solc's standard output that are read here. */
interface SolcOutput {
  readonly errors?: readonly { readonly errorCode: string; readonly formattedMessage: string }[];
  readonly contracts: Readonly<Record<string, Readonly<Record<string, SolcContract>>>>;
}

interface SolcContract {
  readonly abi: readonly AbiItem[];
  readonly evm: {
    readonly bytecode: { readonly object: string };
    readonly deployedBytecode: {
      readonly object: string;
      readonly immutableReferences: Readonly<
        Record<string, readonly { readonly start: number; readonly length: number }[]>
      >;
    };
  };
}

/** The compiler found something; a warning counts as well. The message is the compiler's. */
export class CompileError extends Error {
  /** `CompileError`. */
  override readonly name = "CompileError";
  /** Always `solidity`. */
  readonly code = "solidity";
}

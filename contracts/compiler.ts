/**
 * Compiles Solidity to artifacts with solc from npm. The bytes are the same on every machine: sources are named by their path in this
 * repository or by their package, and no metadata hash is appended.
 *
 * @module
 */
import solc from "solc";

/** One contract's artifact in `contracts/artifacts/`. */
export interface Artifact {
  /** The name in the source. */
  readonly contractName: string;
  /** The full version of the compiler. */
  readonly compiler: string;
  /** The JSON interface. */
  readonly abi: readonly AbiItem[];
  /** Creation code, `0x` and hex; constructor arguments follow it. */
  readonly bytecode: string;
  /** Code on the chain, `0x` and hex, with zeros in place of immutable values. */
  readonly runtimeBytecode: string;
  /** The byte ranges of immutable values in the runtime code, ascending. */
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

/**
 * Warning 2394: transient storage is used. OpenZeppelin's guard clears it at the end of each call, and the warning says that this is safe.
 */
const ACCEPTED: ReadonlySet<string> = new Set(["2394"]);

const ROOT = new URL("../", import.meta.url);

/**
 * Compiles Solidity files and their imports.
 *
 * @param paths Paths from the root of the repository, with forward slashes.
 * @returns The artifact of every concrete contract in these files, by name, but not of imported files
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
 * Compiles Solidity text in one run of the compiler.
 *
 * @param sources Text by path. Imports come from here, otherwise from this repository or its packages.
 * @param settings Settings that replace those of {@link SETTINGS}.
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

/** An error or warning of the compiler, with its message. */
export class CompileError extends Error {
  /** `CompileError`. */
  override readonly name = "CompileError";
  /** Always `solidity`. */
  readonly code = "solidity";
}

/**
 * The generated files of `contracts/`: one JSON artifact for each contract, `abi.ts`, which gives types to viem's reads and writes without
 * loading bytecode, and `code_hashes.ts`, by which code on a chain is recognised as ours.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { keccak256, toHex } from "../protocols/evm/keccak.ts";
import { type Artifact, compileContracts } from "./compiler.ts";

/** The Solidity files, from the root of the repository. */
export const SOURCES: readonly string[] = [
  "contracts/TestToken.sol",
  "contracts/TokenNetwork.sol",
  "contracts/TokenNetworkRegistry.sol",
];

/**
 * The correct content of the generated files, by path from the root of the repository.
 *
 * @throws {CompileError} if a source does not compile
 */
export function artifactFiles(): ReadonlyMap<string, string> {
  const artifacts = [...compileContracts(SOURCES).values()];
  return new Map([
    ...artifacts.map((artifact) =>
      [
        `contracts/artifacts/${artifact.contractName}.json`,
        `${JSON.stringify(artifact, null, 2)}\n`,
      ] as const
    ),
    ["contracts/abi.ts", abiModule(artifacts)],
    ["contracts/code_hashes.ts", codeModule(artifacts)],
  ]);
}

function abiModule(artifacts: readonly Artifact[]): string {
  const constants = artifacts.map(({ contractName, abi }) => {
    const name = `${contractName[0].toLowerCase()}${contractName.slice(1)}Abi`;
    const items = abi.map((item) => `  ${JSON.stringify(item)},\n`).join("");
    return `/** The interface of ${contractName}. */\nexport const ${name} = [\n${items}] as const;\n`;
  });
  return [
    "// deno-fmt-ignore-file\n/**\n * Interfaces of the contracts, written by `deno task contracts`.\n *\n * @module\n */\n",
    ...constants,
  ].join("\n");
}

function codeModule(artifacts: readonly Artifact[]): string {
  const entries = artifacts.map(({ contractName, runtimeBytecode, immutableRanges }) => {
    const hash = toHex(keccak256(Buffer.from(runtimeBytecode.slice(2), "hex")));
    return `  ${contractName}: ${JSON.stringify({ hash, immutableRanges })},\n`;
  });
  return [
    "// deno-fmt-ignore-file\n/**\n * Keccak-256 of each contract's runtime code with zeros for immutable values, and where those " +
    "stand; written by `deno task contracts`.\n *\n * @module\n */\n",
    `/** By the contract's name. */\nexport const CODE_HASHES = {\n${
      entries.join("")
    }} as const;\n`,
  ].join("\n");
}

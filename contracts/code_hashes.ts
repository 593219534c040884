// deno-fmt-ignore-file
/**
 * Keccak-256 of each contract's runtime code with zeros for immutable values, and where those stand; written by `deno task contracts`.
 *
 * @module
 */

/** By the contract's name. */
export const CODE_HASHES = {
  TestToken: {"hash":"0x8899fd7e5e4fa70d9bb0b0b19b018e44637cc27ce6f4450dd20d99f302316c50","immutableRanges":[{"start":309,"length":32},{"start":356,"length":32},{"start":766,"length":32}]},
  TokenNetwork: {"hash":"0x4f5ab143dd87b0987a30b4032b1566606788a538abb6394beffb9f95fe641eae","immutableRanges":[{"start":739,"length":32},{"start":1122,"length":32},{"start":3287,"length":32},{"start":3605,"length":32},{"start":4601,"length":32},{"start":5887,"length":32},{"start":6015,"length":32},{"start":6111,"length":32},{"start":6493,"length":32},{"start":6537,"length":32},{"start":6867,"length":32},{"start":6909,"length":32},{"start":6951,"length":32},{"start":7032,"length":32},{"start":7072,"length":32},{"start":7272,"length":32}]},
  TokenNetworkRegistry: {"hash":"0x976b706dee90527a5635ddf8a418f30fda54922658c35b90806834c07ab2ff87","immutableRanges":[]},
} as const;

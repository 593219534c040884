// deno-fmt-ignore-file
/**
 * Keccak-256 of each contract's runtime code with zeros for immutable values, and where those stand; written by `deno task contracts`.
 *
 * @module
 */

/** By the contract's name. */
export const CODE_HASHES = {
  TestToken: {"hash":"0x8899fd7e5e4fa70d9bb0b0b19b018e44637cc27ce6f4450dd20d99f302316c50","immutableRanges":[{"start":309,"length":32},{"start":356,"length":32},{"start":766,"length":32}]},
  TokenNetwork: {"hash":"0x4be26d09f9ff4604d68b9c18cab208df11633dfa2d0d49cdeb731fec8f568c44","immutableRanges":[{"start":739,"length":32},{"start":1122,"length":32},{"start":3354,"length":32},{"start":3672,"length":32},{"start":4668,"length":32},{"start":5954,"length":32},{"start":6082,"length":32},{"start":6178,"length":32},{"start":6560,"length":32},{"start":6604,"length":32},{"start":6934,"length":32},{"start":6976,"length":32},{"start":7018,"length":32},{"start":7099,"length":32},{"start":7139,"length":32},{"start":7339,"length":32}]},
  TokenNetworkRegistry: {"hash":"0xe213976734d592c3a7526ab9df2a8a891b3d6cb87280acecfdc992b405467fb6","immutableRanges":[]},
} as const;

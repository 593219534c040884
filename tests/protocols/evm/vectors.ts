/** The figures that the network published for claims and challenges, and a way to its vector file where there is one. */

/** A claim on Base Sepolia with its digest and signature. */
export const published = {
  domain: {
    chainId: 84_532,
    verifyingContract: "0xc1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4",
  },
  proof: {
    channelId: "0xd1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0",
    nonce: 7,
    transferredAmount: 1_500_000n,
  },
  digest: "0xe544a70cbd8ff859ca06d87682da0b9670ba7891d1af96cb9970a272c4787d3a",
  secret: "a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0",
  address: "0xccd6848f23db7a6326df7ac67b23d514cd54ba29",
  signature:
    "0xe96e4a062f2cc5bf200e208899828b773239daf28140f02acdf083534d0e14601ae61ecc53a3fb19f87e632dd648a73668b096bb606fa3e8b56e1b999a4854b000",
  claimJson:
    '{"blockchain":"evm","chainId":84532,"channelId":"0xd1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0","lockedAmount":"0","locksRoot":"0x0000000000000000000000000000000000000000000000000000000000000000","messageId":"vector-fixture:evm:1","nonce":7,"senderId":"0xccd6848f23db7a6326df7ac67b23d514cd54ba29","signature":"0xe96e4a062f2cc5bf200e208899828b773239daf28140f02acdf083534d0e14601ae61ecc53a3fb19f87e632dd648a73668b096bb606fa3e8b56e1b999a4854b000","signerAddress":"0xccd6848f23db7a6326df7ac67b23d514cd54ba29","timestamp":"2030-01-01T00:00:00.000Z","tokenNetworkAddress":"0xc1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4","transferredAmount":"1500000","version":"1.0"}',
};

const FILE = new URL("../../../../shared/vectors/crosstown-wire-vectors.json", import.meta.url);

/** The published vector file, or null if it is not next to this repository. */
// deno-lint-ignore no-explicit-any
export function publishedFile(): any {
  try {
    return JSON.parse(Deno.readTextFileSync(FILE));
  } catch {
    return null;
  }
}

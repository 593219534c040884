/** What a relay of a test says of itself, beside the one of the dev network. It is paid by packets, and its writes cost nothing. */
export const SECOND = {
  identity: {
    name: "second",
    description: "",
    pubkey: "a".repeat(64),
    ilpAddress: null,
    priceUnitsPerByte: 0n,
    asset: { code: "M2M", scale: 6 },
    version: "0",
  },
  write: "ilp",
} as const;

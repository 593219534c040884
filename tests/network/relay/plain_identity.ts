/** What a relay of a test says of itself, where nobody reads it: no ILP address, free writes. */
export const PLAIN_IDENTITY = {
  name: "r",
  description: "",
  pubkey: "a".repeat(64),
  ilpAddress: null,
  priceUnitsPerByte: 0n,
  asset: { code: "M2M", scale: 6 },
  version: "0",
};

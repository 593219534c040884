/** What an order says that asks for nothing in particular. */
export const PLAIN_ORDER = {
  params: [],
  platform: null,
  tags: [],
  bidUnits: null,
  provider: null,
  relays: [],
  timeoutS: 60,
} as const;

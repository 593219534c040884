/** Which providers and payment modes are chosen beside providers that are failing or were contradicted. */
import { testChoices } from "./strangers_market.ts";

testChoices([
  [
    "a provider that is failing is not paid upfront while another one is there, however cheap it is",
    {
      offers: {
        a: { units: 1n, delivered: 5_000n, distrust: "failing", modes: { "on-delivery": 1n } },
        d: { units: 900n },
      },
    },
    "d upfront 900",
  ],
  [
    "a provider that is failing comes last on delivery",
    {
      offers: {
        a: { units: 400n, distrust: "failing", modes: { "on-delivery": 100n } },
        d: { units: 900n, modes: { "on-delivery": 225n } },
      },
      flags: { payment: "on-delivery" },
    },
    "d on-delivery 225 then a",
  ],
  [
    "a provider that is failing is paid on delivery if nobody else is there",
    {
      offers: {
        a: { units: 400n, delivered: 5_000n, distrust: "failing", modes: { "on-delivery": 100n } },
      },
    },
    "a on-delivery 100",
  ],
  [
    "a provider that is failing is paid while it runs if it sells only so",
    {
      offers: {
        a: { units: 400n, delivered: 5_000n, distrust: "failing", modes: { metered: 9n } },
      },
    },
    "a metered 9",
  ],
  [
    "the history of a provider that is failing covers no deposit",
    {
      offers: {
        a: {
          units: 4_004n,
          delivered: 9_000n,
          distrust: "failing",
          modes: { "on-delivery": 1_001n },
        },
      },
      flags: { payment: "on-delivery" },
    },
    { code: "strangers", message: /0\.001001 M2M before its result/ },
  ],
  [
    "the same history covers it if the provider is trusted",
    {
      offers: { a: { units: 4_004n, delivered: 9_000n, modes: { "on-delivery": 1_001n } } },
      flags: { payment: "on-delivery" },
    },
    "a on-delivery 1001",
  ],
  [
    "a provider that is failing and sells only upfront is not bought from",
    { offers: { a: { units: 400n, delivered: 5_000n, distrust: "failing" } } },
    { code: "distrusted", message: /is not paid upfront, because too many of its last paid jobs/ },
  ],
  [
    "a named provider that is failing is paid on delivery",
    {
      offers: {
        a: { units: 400n, delivered: 5_000n, distrust: "failing", modes: { "on-delivery": 100n } },
      },
      flags: { provider: "a".repeat(64) },
    },
    "a on-delivery 100",
  ],
  [
    "a named provider that is failing is paid upfront if the buyer insists, within the limit for strangers",
    {
      offers: { a: { units: 1_000n, delivered: 5_000n, distrust: "failing" } },
      flags: { provider: "a".repeat(64), payment: "upfront" },
    },
    "a upfront 1000",
  ],
  [
    "and not above it",
    {
      offers: { a: { units: 1_001n, delivered: 5_000n, distrust: "failing" } },
      flags: { provider: "a".repeat(64), payment: "upfront" },
    },
    { code: "strangers" },
  ],
  [
    "a contradicted provider is not chosen",
    { offers: { a: { units: 1n }, d: { units: 900n } }, contradicted: "a" },
    "d upfront 900",
  ],
  [
    "a contradicted provider that is named is paid on delivery, and its history covers nothing",
    {
      offers: { a: { units: 400n, delivered: 5_000n, modes: { "on-delivery": 100n } } },
      contradicted: "a",
      flags: { provider: "a".repeat(64) },
    },
    "a on-delivery 100",
  ],
  [
    "a free job of a provider that is failing is bought as ever",
    { offers: { a: { units: 0n, distrust: "failing" } } },
    "a announced 0",
  ],
  [
    "a free job is bought before one that costs something",
    { offers: { a: { units: 0n }, d: { units: 9n } } },
    "a announced 0 then d",
  ],
]);

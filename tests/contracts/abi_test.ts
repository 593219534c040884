import assert from "node:assert/strict";
import { type Abi, toEventSelector, toFunctionSelector } from "viem";
import { formatAbiItem } from "viem/utils";
import { tokenNetworkAbi, tokenNetworkRegistryAbi } from "../../contracts/abi.ts";

const PROOF = "(bytes32,uint256,uint256,uint256,bytes32)";

/** Selectors, topics and error selectors that the network published, with the signature in our interface that must give each. */
const published: readonly [kind: "function" | "event" | "error", item: string, selector: string][] =
  [
    ["function", "openChannel(address,uint256)", "24f453d1"],
    ["function", "setTotalDeposit(bytes32,address,uint256)", "36bcdb80"],
    ["function", `claimFromChannel(bytes32,${PROOF},bytes)`, "d246d85a"],
    ["function", "closeChannel(bytes32)", "4c2ee09d"],
    ["function", "settleChannel(bytes32)", "fd3d3199"],
    ["function", "forceCloseExpiredChannel(bytes32)", "2e9637e0"],
    ["function", "channels(bytes32)", "7a7ebd7b"],
    ["function", "participants(bytes32,address)", "a79a2c78"],
    ["function", "claimedAmounts(bytes32,address)", "fb1b8fac"],
    ["function", "channelCounter()", "5a104746"],
    ["function", "getTokenNetwork(address)", "9e455119"],
    ["function", "createTokenNetwork(address)", "98f44a12"],
    [
      "event",
      "ChannelOpened(bytes32,address,address,uint256)",
      "448d27f1fe12f92a2070111296e68fd6ef0a01c0e05bf5819eda0dbcf267bf3d",
    ],
    [
      "event",
      "ChannelNewDeposit(bytes32,address,uint256)",
      "0346e981e2bfa2366dc2307a8f1fa24779830a01121b1275fe565c6b98bb4d34",
    ],
    [
      "event",
      "ChannelClosed(bytes32,address)",
      "16a93f97197f719d19b0258648f368a06980009827e4a4a88892dd761ba4017c",
    ],
    [
      "event",
      "ChannelSettled(bytes32,uint256,uint256)",
      "f94fb5c0628a82dc90648e8dc5e983f632633b0d26603d64e8cc042ca0790aa4",
    ],
    [
      "event",
      "ChannelClaimed(bytes32,address,uint256,uint256)",
      "483a5b8fdf05709235d7bcc86aad7cb441eb9c73b73fe854c2ce474ca02529c2",
    ],
    [
      "event",
      "TokenNetworkCreated(address,address)",
      "f11a7558a113d9627989c5edf26cbd19143b7375248e621c8e30ac9e0847dc3f",
    ],
    ["error", "InvalidChannelState()", "f806e9d9"],
    ["error", "InvalidParticipant()", "a145c43e"],
    ["error", "InvalidSettlementTimeout()", "579d2e99"],
    ["error", "InvalidSignature()", "8baa579f"],
    ["error", "InvalidNonce()", "756688fe"],
    ["error", "NothingToClaim()", "969bf728"],
    ["error", "InsufficientChannelBalance()", "b147636c"],
    ["error", "SettlementTimeoutNotExpired()", "85986a17"],
    ["error", "InsufficientDeposit()", "0e1eddda"],
    ["error", "DepositLimitExceeded()", "6adf7e28"],
  ];

const abi: Abi = [...tokenNetworkAbi, ...tokenNetworkRegistryAbi];

Deno.test("the interface has every published selector, topic and error", () => {
  for (const [kind, item, selector] of published) {
    const found = abi.find((entry) => entry.type === kind && formatAbiItem(entry) === item);
    assert.ok(found, `${kind} ${item}`);
    const computed = kind === "event" ? toEventSelector(item) : toFunctionSelector(item);
    assert.equal(computed, `0x${selector}`, item);
  }
});

Deno.test("the views answer in the published order", () => {
  const outputsOf = (name: string) => {
    const item = tokenNetworkAbi.find((entry) => "name" in entry && entry.name === name);
    assert.ok(item && "outputs" in item);
    return item.outputs.map((output) => `${output.type} ${output.name}`);
  };
  assert.deepEqual(outputsOf("channels"), [
    "uint256 settlementTimeout",
    "uint8 state",
    "uint256 closedAt",
    "uint256 openedAt",
    "address participant1",
    "address participant2",
  ]);
  assert.deepEqual(outputsOf("participants"), [
    "uint256 deposit",
    "uint256 nonce",
    "uint256 transferredAmount",
  ]);
});

Deno.test("events index what peers filter by", () => {
  const indexed = Object.fromEntries(
    abi.flatMap((item) =>
      item.type === "event"
        ? [[item.name, item.inputs.filter((input) => input.indexed).map((input) => input.name)]]
        : []
    ),
  );
  assert.deepEqual(indexed.ChannelOpened, ["channelId", "participant1", "participant2"]);
  assert.deepEqual(indexed.ChannelNewDeposit, ["channelId", "participant"]);
  assert.deepEqual(indexed.ChannelClaimed, ["channelId", "claimant"]);
  assert.deepEqual(indexed.ChannelClosed, ["channelId", "closingParticipant"]);
  assert.deepEqual(indexed.ChannelSettled, ["channelId"]);
  assert.deepEqual(indexed.TokenNetworkCreated, ["token", "tokenNetwork"]);
});

Deno.test("nobody has a call that withdraws deposits", () => {
  const writes = tokenNetworkAbi.flatMap((item) =>
    item.type === "function" && item.stateMutability === "nonpayable" ? [item.name] : []
  );
  assert.deepEqual(writes.sort(), [
    "claimFromChannel",
    "closeChannel",
    "collectOwed",
    "forceCloseExpiredChannel",
    "openChannel",
    "pause",
    "setTotalDeposit",
    "settleChannel",
    "unpause",
  ]);
});

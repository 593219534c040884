/** Wrong versions of TokenNetwork, with one broken rule each. They show how many faults the random tests find. */
import { type Artifact, compileSources } from "../../contracts/compiler.ts";

/** One broken rule. */
export interface Mutant {
  readonly name: string;
  /** Text of the source, which must occur once, and its replacement. */
  readonly from: string;
  readonly to: string;
  /** What the machine must say. */
  readonly caught: RegExp;
}

/** Money in the wrong hands first, then calls that are refused wrongly. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: "a nonce may come again",
    from: "proof.nonce <= side.nonce || ",
    to: "",
    caught: /invariant: a nonce (never goes back|pays once)/,
  },
  {
    name: "a claim does not remember its nonce",
    from: "side.nonce = uint64(proof.nonce);",
    to: "",
    caught: /invariant: a nonce pays once/,
  },
  {
    name: "anybody's signature will do",
    from: "failure != ECDSA.RecoverError.NoError || signer != payer",
    to: "failure != ECDSA.RecoverError.NoError || signer == address(0) || payer == address(0)",
    caught: /invariant: nobody is paid more than was signed|refusal: .*claimFromChannel/,
  },
  {
    name: "the payee signs for itself",
    from: "signer != payer)",
    to: "(signer != payer && signer != msg.sender))",
    caught: /invariant: nobody is paid more than was signed|refusal: .*claimFromChannel/,
  },
  {
    name: "a proof counts on every channel",
    from: "if (proof.channelId != channelId) revert ProofOfAnotherChannel();",
    to: "",
    caught: /invariant: nobody is paid more than was signed|refusal: .*claimFromChannel/,
  },
  {
    name: "each claim pays the whole total",
    from: "IERC20(token).safeTransfer(msg.sender, proof.transferredAmount - paid);",
    to: "IERC20(token).safeTransfer(msg.sender, proof.transferredAmount);",
    caught:
      /invariant: (nobody is paid more than was signed|a channel pays out|tokens are at least)/,
  },
  {
    name: "a claim does not remember what it paid",
    from: "side.transferredAmount = uint96(proof.transferredAmount);",
    to: "",
    caught:
      /invariant: (nobody is paid more than was signed|a channel pays out|tokens are at least)/,
  },
  {
    name: "a claim may exceed the deposit",
    from: "if (proof.transferredAmount > side.deposit) revert InsufficientChannelBalance();",
    to: "",
    caught: /invariant: no side pays more than its deposit/,
  },
  {
    name: "a claim draws on the claimant's own deposit",
    from: "Side storage side = _sides[channelId][payer];",
    to: "Side storage side = _sides[channelId][msg.sender];",
    caught: /claimFromChannel/,
  },
  {
    name: "a claim is paid after settlement",
    from: "channel.state != ChannelState.Opened && channel.state != ChannelState.Closed",
    to: "channel.state == ChannelState.NonExistent",
    caught: /invariant: a settled channel is over|refusal: .*claimFromChannel/,
  },
  {
    name: "a settlement changes no state",
    from: "channel.state = ChannelState.Settled;",
    to: "",
    caught: /invariant: (a settled channel is over|tokens are at least)|state: .*settleChannel/,
  },
  {
    name: "a settlement does not wait",
    from: "if (block.timestamp < uint256(channel.closedAt) + channel.settlementTimeout) {",
    to: "if (block.timestamp < channel.closedAt) {",
    caught: /invariant: no settlement before the timeout/,
  },
  {
    name: "an open channel is settled",
    from: "if (channel.state != ChannelState.Closed) revert InvalidChannelState();",
    to: "if (channel.state == ChannelState.Settled) revert InvalidChannelState();",
    caught: /invariant: (no settlement before the timeout|states go forward)/,
  },
  {
    name: "a settlement returns the whole deposit",
    from: "return side.deposit - side.transferredAmount;",
    to: "return side.deposit;",
    caught: /invariant: (a channel pays out its own deposits alone|tokens are at least)/,
  },
  {
    name: "a deposit adds to the total",
    from: "side.deposit = uint96(totalDeposit);",
    to: "side.deposit += uint96(totalDeposit);",
    caught: /invariant: tokens are at least/,
  },
  {
    name: "a deposit takes the whole total",
    from: "if (totalDeposit > before) _pull(totalDeposit - before);",
    to: "if (totalDeposit > before) _pull(totalDeposit);",
    caught: /balances: .*setTotalDeposit/,
  },
  {
    name: "a deposit may fall",
    from: "if (totalDeposit < before) revert InsufficientDeposit();",
    to: "",
    caught: /refusal: .*setTotalDeposit/,
  },
  {
    name: "a deposit takes nothing",
    from: "if (totalDeposit > before) _pull(totalDeposit - before);",
    to: "if (totalDeposit > MAX_DEPOSIT) _pull(before);",
    caught: /invariant: tokens are at least/,
  },
  {
    name: "a stranger closes",
    from: "        _counterpartyOf(channel, msg.sender);\n        _close(channelId, channel);",
    to: "        _close(channelId, channel);",
    caught: /refusal: .*closeChannel/,
  },
  {
    name: "a channel expires at once",
    from: "block.timestamp < channel.openedAt + MAX_LIFETIME",
    to: "block.timestamp < channel.openedAt",
    caught: /refusal: .*forceCloseExpiredChannel/,
  },
  {
    name: "a pause stops claims",
    from:
      "        external\n        nonReentrant\n    {\n        Channel storage channel = _channels[channelId];\n        if (channel.state != ChannelState.Opened && ",
    to:
      "        external\n        nonReentrant\n        whenNotPaused\n    {\n        Channel storage channel = _channels[channelId];\n        if (channel.state != ChannelState.Opened && ",
    caught: /refusal: .*claimFromChannel/,
  },
  {
    name: "anyone pauses",
    from: "if (msg.sender != owner()) revert Ownable.OwnableUnauthorizedAccount(msg.sender);",
    to: "",
    caught: /refusal: .*pause/,
  },
];

/** What makes the mutants, as the registry makes the real one, and owns them. */
const MAKER = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

contract Maker {
    address public immutable owner = msg.sender;

    event Made(address made);

    function make(bytes memory code) external {
        address made;
        assembly ("memory-safe") {
            made := create(0, add(code, 32), mload(code))
        }
        require(made != address(0));
        emit Made(made);
    }
}
`;

/** The maker, and creation code of each mutant by its name. One run of the compiler, without its optimizer. */
export function compileMutants(chosen: readonly Mutant[]): {
  readonly maker: Artifact;
  readonly mutants: ReadonlyMap<string, string>;
} {
  const original = Deno.readTextFileSync(
    new URL("../../contracts/TokenNetwork.sol", import.meta.url),
  );
  const sources: Record<string, string> = { "Maker.sol": MAKER };
  for (const [index, { name, from, to }] of chosen.entries()) {
    if (original.split(from).length !== 2) throw new Error(`${name}: its text is not there once`);
    sources[`mutants/${index}.sol`] = original.replace(from, () => to);
  }
  const built = compileSources(sources, { optimizer: { enabled: false } });
  return {
    maker: built.get("Maker.sol")![0],
    mutants: new Map(
      chosen.map(({ name }, index) => [name, built.get(`mutants/${index}.sol`)![0].bytecode]),
    ),
  };
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {TokenNetwork} from "./TokenNetwork.sol";

/// @title One TokenNetwork for each ERC-20 token
/// @notice Anyone may create a network: which token to trust is decided by whoever looks it up here. The owner may pause openings and
/// deposits of every network (see TokenNetwork.pause), and nothing else.
contract TokenNetworkRegistry is Ownable2Step {
    /// @notice The network of a token, or zero.
    mapping(address token => address tokenNetwork) public token_to_token_networks;
    /// @notice The token of a network made here, or zero for any other address.
    mapping(address tokenNetwork => address token) public token_network_to_token;

    event TokenNetworkCreated(address indexed token, address indexed tokenNetwork);

    /// @notice There is no contract at the token's address.
    error TokenHasNoCode();
    /// @notice The token has its network already.
    error TokenHasNetwork();

    constructor() Ownable(msg.sender) {}

    /// @notice Creates the network of `token`.
    function createTokenNetwork(address token) external returns (address tokenNetwork) {
        if (token.code.length == 0) revert TokenHasNoCode();
        if (token_to_token_networks[token] != address(0)) revert TokenHasNetwork();
        tokenNetwork = address(new TokenNetwork(token));
        token_to_token_networks[token] = tokenNetwork;
        token_network_to_token[tokenNetwork] = token;
        emit TokenNetworkCreated(token, tokenNetwork);
    }

    /// @notice The network of `token`, or zero.
    function getTokenNetwork(address token) external view returns (address) {
        return token_to_token_networks[token];
    }
}

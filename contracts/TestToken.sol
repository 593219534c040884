// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token for test networks, worth nothing: anyone may have some
contract TestToken is ERC20 {
    uint8 private immutable _decimals;
    /// @notice The most that one call of faucet gives, in raw units.
    uint256 public immutable faucetLimit;

    event Dispensed(address indexed to, uint256 amount);

    /// @notice More was asked for than one call gives.
    error FaucetLimitExceeded();

    constructor(string memory name_, string memory symbol_, uint8 decimals_) ERC20(name_, symbol_) {
        _decimals = decimals_;
        faucetLimit = 10_000 * 10 ** decimals_;
    }

    /// @notice Gives `amount` raw units to `to`, at most faucetLimit a call.
    function faucet(address to, uint256 amount) external {
        if (amount > faucetLimit) revert FaucetLimitExceeded();
        _mint(to, amount);
        emit Dispensed(to, amount);
    }

    function decimals() public view override returns (uint8) {
        return _decimals;
    }
}

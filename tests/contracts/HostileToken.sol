// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title Every way in which a token can break its word, one at a time
contract HostileToken is ERC20 {
    enum Manner {
        Honest,
        TakesFee,
        MovesNothing,
        SaysFalse,
        SaysNothing
    }

    Manner public manner;
    mapping(address account => bool) public blocked;
    address public victim;
    bytes[] public attempts;
    bytes4[] private _refusals;
    bool private _inside;

    constructor() ERC20("Hostile", "HST") {}

    function faucet(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function behave(Manner manner_) external {
        manner = manner_;
    }

    function setBlocked(address account, bool value) external {
        blocked[account] = value;
    }

    /// Calls `victim_` with each of these while it moves tokens, and keeps what came back.
    function attack(address victim_, bytes[] memory attempts_) external {
        victim = victim_;
        attempts = attempts_;
    }

    /// Acts for itself: it may be a party of a channel.
    function act(address to, bytes calldata data) external {
        (bool done, bytes memory answer) = to.call(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
    }

    function refusals() external view returns (bytes4[] memory) {
        return _refusals;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        return _move(msg.sender, to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        return _move(from, to, value);
    }

    function _move(address from, address to, uint256 value) private returns (bool) {
        require(!blocked[to], "blocked");
        if (victim != address(0) && !_inside) _attack();
        if (manner == Manner.SaysFalse) return false;
        if (manner == Manner.MovesNothing) return true;
        _transfer(from, to, value);
        if (manner == Manner.TakesFee) _burn(to, value / 100 + 1);
        if (manner == Manner.SaysNothing) {
            assembly ("memory-safe") {
                return(0, 0)
            }
        }
        return true;
    }

    function _attack() private {
        _inside = true;
        for (uint256 i = 0; i < attempts.length; i++) {
            (bool done, bytes memory answer) = victim.call(attempts[i]);
            _refusals.push(done ? bytes4(0xffffffff) : bytes4(answer));
        }
        _inside = false;
    }
}

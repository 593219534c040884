// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @title Payment channels between two parties in one ERC-20 token
/// @notice Each side has its own deposit, which only its own signed balance proofs can spend. A proof states a cumulative amount, so
/// the newest is worth all before it. The receiver of a proof turns it into tokens with claimFromChannel, at any time until the channel
/// is settled. Nobody holds a key that can move a deposit: a pause stops openings and deposits, never a claim, a close or a settlement.
contract TokenNetwork is EIP712, Pausable, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    enum ChannelState {
        NonExistent,
        Opened,
        Closed,
        Settled
    }

    /// @notice What a payer signs. The two lock fields are part of the signed type and have no effect.
    struct BalanceProof {
        bytes32 channelId;
        uint256 nonce;
        uint256 transferredAmount;
        uint256 lockedAmount;
        bytes32 locksRoot;
    }

    /// @dev Two words. participant1 is the lower address.
    struct Channel {
        address participant1;
        uint40 openedAt;
        uint32 settlementTimeout;
        ChannelState state;
        address participant2;
        uint40 closedAt;
    }

    /// @dev One word: a side's deposit, and what its proofs took out of it.
    struct Side {
        uint96 deposit;
        uint96 transferredAmount;
        uint64 nonce;
    }

    bytes32 private constant BALANCE_PROOF_TYPE_HASH = keccak256(
        "BalanceProof(bytes32 channelId,uint256 nonce,uint256 transferredAmount,uint256 lockedAmount,bytes32 locksRoot)"
    );

    /// @notice The shortest time from close to settlement, in seconds.
    uint256 public constant MIN_SETTLEMENT_TIMEOUT = 1 hours;
    /// @notice The longest, so that no deposit can be locked for ever.
    uint256 public constant MAX_SETTLEMENT_TIMEOUT = 365 days;
    /// @notice The most that one side of a channel holds, in raw units of the token. Fits the 96 bits of Side.
    uint256 public constant MAX_DEPOSIT = 1_000_000e18;
    /// @notice Seconds after its opening when anyone may close a channel.
    uint256 public constant MAX_LIFETIME = 365 days;

    /// @notice The token of every channel here.
    address public immutable token;
    /// @notice The registry that made this network, and whose owner may pause it.
    address public immutable registry;
    /// @notice How many channels were opened so far; part of the next channel's id.
    uint256 public channelCounter;
    /// @notice Tokens that a settlement could not deliver to their owner (see collectOwed).
    mapping(address participant => uint256 amount) public owed;

    mapping(bytes32 channelId => Channel) private _channels;
    mapping(bytes32 channelId => mapping(address participant => Side)) private _sides;

    event ChannelOpened(
        bytes32 indexed channelId, address indexed participant1, address indexed participant2, uint256 settlementTimeout
    );
    event ChannelNewDeposit(bytes32 indexed channelId, address indexed participant, uint256 totalDeposit);
    event ChannelClaimed(
        bytes32 indexed channelId, address indexed claimant, uint256 claimedAmount, uint256 totalClaimed
    );
    event ChannelClosed(bytes32 indexed channelId, address indexed closingParticipant);
    event ChannelSettled(bytes32 indexed channelId, uint256 participant1Amount, uint256 participant2Amount);
    /// @notice The token refused a settlement's transfer; the amount waits in owed.
    event PayoutDeferred(bytes32 indexed channelId, address indexed participant, uint256 amount);
    event OwedCollected(address indexed participant, uint256 amount);

    error InvalidChannelState();
    error InvalidParticipant();
    error InvalidSettlementTimeout();
    error InvalidSignature();
    error InvalidNonce();
    error NothingToClaim();
    error InsufficientChannelBalance();
    error SettlementTimeoutNotExpired();
    error InsufficientDeposit();
    error DepositLimitExceeded();
    /// @notice The proof names another channel than the call.
    error ProofOfAnotherChannel();
    /// @notice The channel has not outlived MAX_LIFETIME yet.
    error LifetimeNotOver();
    /// @notice The token delivered another amount than it was told to: tokens with a fee on transfer have no channels.
    error UnsupportedToken();

    modifier onlyOwner() {
        if (msg.sender != owner()) revert Ownable.OwnableUnauthorizedAccount(msg.sender);
        _;
    }

    /// @dev Called by the registry.
    constructor(address token_) EIP712("TokenNetwork", "1") {
        token = token_;
        registry = msg.sender;
    }

    /// @notice Opens a channel between the caller and `participant2`. The same two may have several.
    /// @param settlementTimeout Seconds from close to settlement, in which the receiver can still claim.
    function openChannel(address participant2, uint256 settlementTimeout)
        external
        nonReentrant
        whenNotPaused
        returns (bytes32 channelId)
    {
        if (participant2 == address(0) || participant2 == msg.sender) revert InvalidParticipant();
        if (settlementTimeout < MIN_SETTLEMENT_TIMEOUT || settlementTimeout > MAX_SETTLEMENT_TIMEOUT) {
            revert InvalidSettlementTimeout();
        }
        (address low, address high) =
            msg.sender < participant2 ? (msg.sender, participant2) : (participant2, msg.sender);
        channelId = keccak256(abi.encodePacked(low, high, channelCounter++));
        _channels[channelId] = Channel({
            participant1: low,
            openedAt: uint40(block.timestamp),
            settlementTimeout: uint32(settlementTimeout),
            state: ChannelState.Opened,
            participant2: high,
            closedAt: 0
        });
        emit ChannelOpened(channelId, low, high, settlementTimeout);
    }

    /// @notice Raises a side's deposit to `totalDeposit`; the difference is taken from the caller, who may be anyone.
    /// The total that already stands is no error, so that a repeated transaction does no harm.
    function setTotalDeposit(bytes32 channelId, address participant, uint256 totalDeposit)
        external
        nonReentrant
        whenNotPaused
    {
        Channel storage channel = _channels[channelId];
        if (channel.state != ChannelState.Opened) revert InvalidChannelState();
        _counterpartyOf(channel, participant);
        if (totalDeposit > MAX_DEPOSIT) revert DepositLimitExceeded();
        Side storage side = _sides[channelId][participant];
        uint256 before = side.deposit;
        if (totalDeposit < before) revert InsufficientDeposit();
        side.deposit = uint96(totalDeposit);
        emit ChannelNewDeposit(channelId, participant, totalDeposit);
        if (totalDeposit > before) _pull(totalDeposit - before);
    }

    /// @notice Pays the caller what the counterparty signed and was not paid yet. Until settlement, also after a close.
    /// @param signature 65 bytes, s in the lower half, v 27 or 28.
    function claimFromChannel(bytes32 channelId, BalanceProof calldata proof, bytes calldata signature)
        external
        nonReentrant
    {
        Channel storage channel = _channels[channelId];
        if (channel.state != ChannelState.Opened && channel.state != ChannelState.Closed) revert InvalidChannelState();
        address payer = _counterpartyOf(channel, msg.sender);
        if (proof.channelId != channelId) revert ProofOfAnotherChannel();
        (address signer, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(_digestOf(proof), signature);
        if (failure != ECDSA.RecoverError.NoError || signer != payer) revert InvalidSignature();

        Side storage side = _sides[channelId][payer];
        if (proof.nonce <= side.nonce || proof.nonce > type(uint64).max) revert InvalidNonce();
        uint256 paid = side.transferredAmount;
        if (proof.transferredAmount <= paid) revert NothingToClaim();
        if (proof.transferredAmount > side.deposit) revert InsufficientChannelBalance();

        side.nonce = uint64(proof.nonce);
        side.transferredAmount = uint96(proof.transferredAmount);
        emit ChannelClaimed(channelId, msg.sender, proof.transferredAmount - paid, proof.transferredAmount);
        IERC20(token).safeTransfer(msg.sender, proof.transferredAmount - paid);
    }

    /// @notice Starts the settlement timeout. Either side, without a proof: the other one still claims until settlement.
    function closeChannel(bytes32 channelId) external nonReentrant {
        Channel storage channel = _channels[channelId];
        if (channel.state != ChannelState.Opened) revert InvalidChannelState();
        _counterpartyOf(channel, msg.sender);
        _close(channelId, channel);
    }

    /// @notice As closeChannel (ChannelClosed names the caller), by anyone, once the channel has outlived MAX_LIFETIME.
    function forceCloseExpiredChannel(bytes32 channelId) external nonReentrant {
        Channel storage channel = _channels[channelId];
        if (channel.state != ChannelState.Opened) revert InvalidChannelState();
        if (block.timestamp < channel.openedAt + MAX_LIFETIME) revert LifetimeNotOver();
        _close(channelId, channel);
    }

    /// @notice Returns to each side what is left of its own deposit, once the timeout after the close is over. Anyone, once.
    function settleChannel(bytes32 channelId) external nonReentrant {
        Channel storage channel = _channels[channelId];
        if (channel.state != ChannelState.Closed) revert InvalidChannelState();
        if (block.timestamp < uint256(channel.closedAt) + channel.settlementTimeout) {
            revert SettlementTimeoutNotExpired();
        }
        channel.state = ChannelState.Settled;
        (address first, address second) = (channel.participant1, channel.participant2);
        uint256 firstAmount = _remainderOf(channelId, first);
        uint256 secondAmount = _remainderOf(channelId, second);
        emit ChannelSettled(channelId, firstAmount, secondAmount);
        _payOut(channelId, first, firstAmount);
        _payOut(channelId, second, secondAmount);
    }

    /// @notice Delivers to `participant` what a settlement could not. Anyone; the tokens go to `participant` alone.
    function collectOwed(address participant) external nonReentrant {
        uint256 amount = owed[participant];
        if (amount == 0) revert NothingToClaim();
        owed[participant] = 0;
        emit OwedCollected(participant, amount);
        IERC20(token).safeTransfer(participant, amount);
    }

    /// @notice Stops openings and deposits. Claims, closes and settlements go on.
    function pause() external onlyOwner {
        _pause();
    }

    /// @notice Allows openings and deposits again.
    function unpause() external onlyOwner {
        _unpause();
    }

    /// @notice Who may pause: the registry's owner.
    function owner() public view returns (address) {
        return Ownable(registry).owner();
    }

    /// @notice A channel; all zero when there is none.
    function channels(bytes32 channelId)
        external
        view
        returns (
            uint256 settlementTimeout,
            ChannelState state,
            uint256 closedAt,
            uint256 openedAt,
            address participant1,
            address participant2
        )
    {
        Channel storage channel = _channels[channelId];
        return (
            channel.settlementTimeout,
            channel.state,
            channel.closedAt,
            channel.openedAt,
            channel.participant1,
            channel.participant2
        );
    }

    /// @notice A side: its deposit, and nonce and amount of the last of its proofs that was paid.
    function participants(bytes32 channelId, address participant)
        external
        view
        returns (uint256 deposit, uint256 nonce, uint256 transferredAmount)
    {
        Side storage side = _sides[channelId][participant];
        return (side.deposit, side.nonce, side.transferredAmount);
    }

    /// @notice What `claimant` was paid from its counterparty's deposit so far.
    function claimedAmounts(bytes32 channelId, address claimant) external view returns (uint256) {
        Channel storage channel = _channels[channelId];
        if (claimant == channel.participant1) return _sides[channelId][channel.participant2].transferredAmount;
        if (claimant == channel.participant2) return _sides[channelId][channel.participant1].transferredAmount;
        return 0;
    }

    /// @notice The separator of this contract's EIP-712 domain.
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    function _close(bytes32 channelId, Channel storage channel) private {
        channel.state = ChannelState.Closed;
        channel.closedAt = uint40(block.timestamp);
        emit ChannelClosed(channelId, msg.sender);
    }

    /// @dev Reverts for anyone who is no side of the channel.
    function _counterpartyOf(Channel storage channel, address participant) private view returns (address) {
        (address first, address second) = (channel.participant1, channel.participant2);
        if (participant == first) return second;
        if (participant == second) return first;
        revert InvalidParticipant();
    }

    function _remainderOf(bytes32 channelId, address participant) private view returns (uint256) {
        Side storage side = _sides[channelId][participant];
        return side.deposit - side.transferredAmount;
    }

    function _digestOf(BalanceProof calldata proof) private view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(BALANCE_PROOF_TYPE_HASH, proof)));
    }

    function _pull(uint256 amount) private {
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        if (IERC20(token).balanceOf(address(this)) != before + amount) revert UnsupportedToken();
    }

    /// @dev A side that the token refuses must not keep the other side's money locked.
    function _payOut(bytes32 channelId, address to, uint256 amount) private {
        if (amount == 0 || IERC20(token).trySafeTransfer(to, amount)) return;
        owed[to] += amount;
        emit PayoutDeferred(channelId, to, amount);
    }
}

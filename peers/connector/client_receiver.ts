/**
 * The receiving side of a session with a connector. A provider's payments arrive here.
 *
 * @module
 */
import { gasWorth } from "../../money/claims/gas_worth.ts";
import { innerPackets } from "../../protocols/ilp/inner_packets.ts";
import { wireOf } from "../../protocols/wires/wires.ts";
import { recoverBalanceProof } from "../../protocols/evm/balance_proof.ts";
import { balanceProofOf } from "../../protocols/evm/claim.ts";
import { loadSecp256k1 } from "../../protocols/evm/secp256k1.ts";
import { ClaimSignatures } from "../../money/claims/claim_signatures.ts";
import { claimSimulation } from "../../money/claims/claim_simulation.ts";
import type { CommitLane } from "../../money/claims/commit_lane.ts";
import { terminalDelivery } from "../../money/receiver/delivery.ts";
import { guardedDelivery } from "../../money/receiver/packet_guard.ts";
import { Receiver } from "../../money/receiver/receiver.ts";
import type { ConnectorClientDeps, ConnectorClientOptions } from "./client_options.ts";

/** The most packets of amount 0: in a burst, and per second. */
const FREE_PACKETS: readonly [number, number] = [128, 64];

/** Makes the receiver from the store. Null if this side accepts no packets. */
export async function openReceiver(
  { receive, wire, chain: { tokenAddress } }: Pick<
    ConnectorClientOptions,
    "receive" | "wire" | "chain"
  >,
  deps: ConnectorClientDeps,
  lane: CommitLane,
): Promise<Receiver | null> {
  if (receive === undefined) return null;
  const { store, chain, evm, timers, log, signer } = deps;
  const secp = await loadSecp256k1();
  const { paymentAddress } = await signer.identity();
  return await Receiver.open({
    ilpAddress: receive.ilpAddress,
    paymentAddress,
    ...(tokenAddress === null ? {} : { tokenAddress }),
    minSettlementTimeoutS: receive.minSettlementTimeoutS,
    minDepositUnits: receive.minDepositUnits,
    maxDataBytes: wireOf(wire).maxPrepareDataBytes,
    // The limit of all strangers together, of all known buyers, and of all questions about jobs. The connector limits each session.
    freePackets: FREE_PACKETS,
  }, {
    store,
    lane,
    chain,
    timers,
    log,
    codec: innerPackets,
    delivery: guardedDelivery(terminalDelivery(receive.terminal), deps.manager, deps),
    recover: (claim) => {
      const { domain, proof } = balanceProofOf(claim);
      return recoverBalanceProof(secp, domain, proof, claim.signature);
    },
    signatures: new ClaimSignatures(
      secp,
      (sizeBytes) => crypto.getRandomValues(new Uint8Array(sizeBytes)),
    ),
    ...(evm && { simulate: claimSimulation(evm, paymentAddress) }),
    ...(evm && receive.unitsPerNative
      ? { leastDeposit: gasWorth(evm, receive.unitsPerNative, timers).depositUnits }
      : {}),
  });
}

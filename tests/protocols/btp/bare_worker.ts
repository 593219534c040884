/// <reference lib="deno.worker" />
/** Both codecs of the `interledger` wire and the EVM ones, loaded and used without any permission. */
import { interledgerWire as wire } from "../../../protocols/wires/interledger/wire.ts";
import { encodeClaim, parseClaim } from "../../../protocols/evm/claim.ts";
import { loadSecp256k1 } from "../../../protocols/evm/secp256k1.ts";

self.onmessage = async ({ data }: MessageEvent<{ claim: Uint8Array }>) => {
  const claim = parseClaim(data.claim);
  const packet = wire.encodePrepare({
    amount: 1n,
    expiresAtMs: 1_800_000_000_000,
    condition: new Uint8Array(32),
    destination: "g.dev",
    data: encodeClaim(claim),
  });
  const frame = wire.encodeFrame({ type: "message", requestId: 1, protocolData: [], packet });
  const back = wire.decodeFrame(frame);
  const secp = await loadSecp256k1();
  self.postMessage({
    type: back.packet === undefined ? "none" : wire.decodePacket(back.packet).type,
    address: secp.addressOf(new Uint8Array(32).fill(1)),
  });
};

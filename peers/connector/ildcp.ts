/**
 * ILDCP over a session: the parent's answer to its children, and the child's request.
 *
 * @module
 */
import { interledgerWire } from "../../protocols/wires/interledger/wire.ts";
import type { Frame } from "../../protocols/btp/frame.ts";
import {
  decodeIldcp,
  encodeIldcp,
  ILDCP_CONDITION,
  ILDCP_DESTINATION,
  ILDCP_FULFILMENT,
  type IldcpResponse,
  isIldcpRequest,
} from "../../protocols/ilp/ildcp.ts";
import { fulfils } from "../../protocols/ilp/condition.ts";
import type { Timers } from "../../base/timers.ts";
import type { BtpSession } from "./btp_session.ts";
import type { Content } from "./btp_session_options.ts";
import { sendProbe } from "./probe.ts";

/** A request is never longer: header, time and amount (24 bytes), condition and address. */
const MAX_REQUEST_BYTES = 128;

/** The answer to a child's request. Null if the frame is not an ILDCP request. If `child` is null, the request is refused with F02. */
export function answerIldcp(frame: Frame, child: IldcpResponse | null): Content | null {
  const { packet } = frame;
  if (packet === undefined || packet.length > MAX_REQUEST_BYTES) return null;
  let condition: Uint8Array;
  try {
    const prepare = interledgerWire.decodePacket(packet);
    if (prepare.type !== "prepare" || !isIldcpRequest(prepare)) return null;
    condition = prepare.condition;
  } catch {
    return null;
  }
  const none = new Uint8Array(0);
  const refused = (code: string, message: string) => ({
    protocolData: [],
    packet: interledgerWire.encodeReject({ code, message, triggeredBy: "", data: none }),
  });
  if (child === null) return refused("F02", "This connector assigns you no address");
  if (!fulfils(ILDCP_FULFILMENT, condition)) {
    return refused("F05", "The condition is not that of ILDCP");
  }
  const data = encodeIldcp(child);
  return {
    protocolData: [],
    packet: interledgerWire.encodeFulfill({ fulfilment: ILDCP_FULFILMENT, data }),
  };
}

/** Requests our own address and asset from the parent. Null if it does not answer with them. */
export async function askIldcp(
  session: BtpSession,
  timers: Timers,
): Promise<IldcpResponse | null> {
  const outcome = await sendProbe(session, interledgerWire, {
    destination: ILDCP_DESTINATION,
    data: new Uint8Array(0),
    condition: ILDCP_CONDITION,
  }, timers);
  if (outcome.state !== "fulfilled") return null;
  try {
    return decodeIldcp(outcome.data);
  } catch {
    return null;
  }
}

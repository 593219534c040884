/**
 * ILDCP over a session: a parent's answer to its children, and a child's question.
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

/** No question is longer: header, 24-byte time and amount, condition and the address. */
const MAX_REQUEST_BYTES = 128;

/** The answer to a child's question; null when the frame is another. Who may not have an address is refused F02. */
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
  if (child === null) return refused("F02", "No address is given here");
  if (!fulfils(ILDCP_FULFILMENT, condition)) return refused("F05", "Not ILDCP's condition");
  const data = encodeIldcp(child);
  return {
    protocolData: [],
    packet: interledgerWire.encodeFulfill({ fulfilment: ILDCP_FULFILMENT, data }),
  };
}

/** Our own address and asset as the parent has them; null when it does not say. */
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

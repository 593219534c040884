/**
 * A WebSocket only to an address of the public internet. A host that a stranger named is checked when it is connected, because its name may
 * resolve to another address each time.
 *
 * @module
 */
import type { ClientRequest } from "node:http";
import type { Socket } from "node:net";
import { isPublicAddress } from "../../base/public_address.ts";

/** The setting of a WebSocket that is checked, or none. */
export function addressCheck(
  publicOnly: boolean | undefined,
): { readonly finishRequest?: (request: ClientRequest) => void } {
  return publicOnly === true ? { finishRequest: (request) => checked(request) } : {};
}

/** Sends the request once the connected address was checked; before that, the other side gets no byte of it. */
function checked(request: ClientRequest): void {
  request.once("socket", (socket: Socket) => {
    let done = false;
    const look = () => {
      if (done) return;
      done = true;
      if (isPublicAddress(socket.remoteAddress ?? "")) request.end();
      else request.destroy(new Error("its host is not on the public internet"));
    };
    if (!socket.connecting) return look();
    socket.once("connect", look);
    socket.once("secureConnect", look);
  });
}

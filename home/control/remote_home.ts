/**
 * A home's methods over its control socket: the client, with the methods of the home. `home_socket.ts` has the other side.
 *
 * @module
 */
import { HOME_METHODS, type HomeApi, type HomeCall } from "../client/home_api.ts";
import { fromJson, toJson } from "../client/lossless_json.ts";
import type { ControlClient } from "./control_client.ts";

type Method = (asked: unknown, call: HomeCall<unknown>) => Promise<unknown>;

/** The methods of the home on the other side. They reject with `closed` if that process ends before it has answered. */
export function remoteHome(client: Pick<ControlClient, "call">): HomeApi {
  return Object.fromEntries(HOME_METHODS.map((name): [string, Method] => [
    name,
    async (asked, { signal, progress }) =>
      fromJson(
        await client.call(name, toJson(asked), {
          signal,
          onProgress: (value) => progress(fromJson(value)),
        }),
      ),
  ])) as unknown as HomeApi;
}

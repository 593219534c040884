/**
 * A home's methods over its control socket: the handlers of the serving process. `remote_home.ts` is the client.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import { ControlError } from "../../base/control_error.ts";
import { HOME_METHODS, type HomeApi, type HomeCall } from "../client/home_api.ts";
import { fromJson, toJson } from "../client/lossless_json.ts";
import { REQUEST_CHECKS } from "../client/request_checks.ts";
import type { ControlHandler } from "./control_server.ts";

type Method = (asked: unknown, call: HomeCall<unknown>) => Promise<unknown>;

/** The handlers of all methods. Values that no command of this program makes are refused as `bad_request`. */
export function homeHandlers(api: HomeApi): Readonly<Record<string, ControlHandler>> {
  return Object.fromEntries(HOME_METHODS.map((name): [string, ControlHandler] => {
    const method = api[name] as Method;
    return [name, async (params, { signal, progress }) => {
      const asked = REQUEST_CHECKS[name](read(params));
      return toJson(await method(asked, { signal, progress: (value) => progress(toJson(value)) }));
    }];
  }));
}

function read(params: unknown): unknown {
  try {
    return fromJson(params);
  } catch (error) {
    throw new ControlError("bad_request", messageOf(error));
  }
}

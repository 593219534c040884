/**
 * What a host must know of prepareSink before it runs it. The stage itself, with all that it needs of the wires, is loaded only where it runs.
 *
 * @module
 */
import type { DeclaredPermissions } from "../base/service.ts";
import type { PrepareSinkOptions, PrepareSinkServices } from "./prepare_sink_services.ts";
import { defineStage } from "./stage.ts";

/** Called only in the worker. The supervisor reads this file just for the permissions. */
const loaded = () => import("./prepare_sink.ts");

/** The stage `prepare-sink` for its host. */
export const definition = defineStage<PrepareSinkOptions, PrepareSinkServices>({
  name: "prepare-sink",
  role: "sink",
  services: [
    "store",
    "signer",
    "connector",
    "relayReader",
    "results",
    "jobLogs",
    "quotes",
    "relayCopies",
  ],
  permissions: ({ connectorHost, moreConnectorHosts = [] }): DeclaredPermissions =>
    connectorHost ? { net: [connectorHost, ...moreConnectorHosts] } : {},
  load: loaded,
  async create(options, services, context) {
    const { prepareSink } = await loaded();
    return prepareSink(options, services, context);
  },
});

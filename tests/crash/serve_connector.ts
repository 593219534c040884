/** What the harness asks of a process that is a connector. */
import type { Connector } from "../../network/connector/connector.ts";
import { type Party, until } from "./process.ts";

/** Serves until the harness has enough. */
export async function serveConnector(party: Party, connector: Connector): Promise<never> {
  const quiet = () => {
    const { payers, accounts } = connector.status();
    return payers.every(({ openPackets, waiting }) => openPackets === 0 && waiting === 0) &&
      accounts.every(({ heldPackets }) => heldPackets === 0);
  };
  return await party.serve((asked) => {
    if (asked.do === "quiet") return until(quiet);
    if (asked.do === "status") {
      return JSON.stringify(
        connector.status(),
        (_, value) => typeof value === "bigint" ? String(value) : value,
      );
    }
    throw new TypeError(`a connector cannot ${asked.do}`);
  });
}

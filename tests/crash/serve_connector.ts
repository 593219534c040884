/** What the harness asks of a process that is a connector. */
import type { Connector } from "../../network/connector/connector.ts";
import { type Asked, type Party, until } from "./process.ts";

/** Serves until the harness has enough. `more` answers what only this connector is asked. */
export async function serveConnector(
  party: Party,
  connector: Connector,
  more: (asked: Asked) => unknown = ({ do: what }) => {
    throw new TypeError(`a connector cannot ${what}`);
  },
): Promise<never> {
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
    return more(asked);
  });
}

/**
 * The networks of this machine, by the addresses of its interfaces. Some of these addresses are public: that of a server, or with IPv6
 * those of all machines in a home. A job runs behind this machine's firewall, so it could reach services there that are closed to the
 * internet.
 *
 * @module
 */
import { BlockList, isIP } from "node:net";

/** The used fields of an interface. */
type Interface = Pick<Deno.NetworkInterfaceInfo, "family" | "address" | "cidr">;

/** Makes a function that tells whether an address belongs to this machine, or to one of its networks. */
export function ownNetworks(interfaces: readonly Interface[]): (address: string) => boolean {
  const own = new BlockList();
  for (const { family, address, cidr } of interfaces) {
    const type = family === "IPv6" ? "ipv6" : "ipv4";
    const [plain] = address.split("%");
    own.addAddress(plain, type);
    const bits = Number(cidr.split("/").at(-1));
    // An interface without a mask, for example of some tunnels, has no network.
    if (bits > 0) own.addSubnet(plain, bits, type);
  }
  return (address) => own.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

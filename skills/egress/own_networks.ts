/**
 * The networks that this machine is in, by the addresses of its interfaces. Some are public: a server's own address, or that of every
 * machine of a home under IPv6. A job behind this machine's firewall would reach there what is closed to the internet.
 *
 * @module
 */
import { BlockList, isIP } from "node:net";

/** What of an interface counts. */
type Interface = Pick<Deno.NetworkInterfaceInfo, "family" | "address" | "cidr">;

/** Says of the text of an address whether it is of this machine, or of a network that it is in. */
export function ownNetworks(interfaces: readonly Interface[]): (address: string) => boolean {
  const own = new BlockList();
  for (const { family, address, cidr } of interfaces) {
    const type = family === "IPv6" ? "ipv6" : "ipv4";
    const [plain] = address.split("%");
    own.addAddress(plain, type);
    const bits = Number(cidr.split("/").at(-1));
    // An interface without a mask of its own, as some tunnels are, says nothing of a network.
    if (bits > 0) own.addSubnet(plain, bits, type);
  }
  return (address) => own.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

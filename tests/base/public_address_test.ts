/** Which addresses belong to the public internet. */
import assert from "node:assert/strict";
import { isPublicAddress, isPublicHost } from "../../base/public_address.ts";

const CLOSED = [
  "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.255.255.254",
  "169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8 192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255 224.0.0.1",
  "239.255.255.255 240.0.0.1 255.255.255.255",
  ":: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:a9fe:a9fe 64:ff9b::a9fe:a9fe 64:ff9b::8.8.8.8 64:ff9b:1::1",
  "100::1 fc00::1 fd00:ec2::254 fe80::1 febf::1 fec0::1 ff02::1 2001::1 2001:1ff:: 2002:7f00:1::1 3fff::1 4000::1 1fff::1",
  "fe80::1%eth0 2606:4700::1%1",
].flatMap((line) => line.split(" "));
const OPEN = [
  "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 169.253.255.255",
  "169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255",
  "2606:4700:4700::1111 2001:200::1 2001:4860:4860::8888 2003::1 2a00:1450:4001:82b::200e 2000::1",
].flatMap((line) => line.split(" "));
const NONE = [
  "",
  "example.com",
  "127.1",
  "0x7f.0.0.1",
  "2130706433",
  "8.8.8.8.",
  "08.8.8.8",
  "[::1]",
];

Deno.test("isPublicAddress() is false for every address that leads back, and for what is none", () => {
  for (const address of [...CLOSED, ...NONE]) {
    assert.equal(isPublicAddress(address), false, address);
  }
});

Deno.test("isPublicAddress() is true on both sides of each closed range", () => {
  for (const address of OPEN) assert.equal(isPublicAddress(address), true, address);
});

Deno.test("isPublicHost() is false for private addresses and for names of this machine or its network, in every notation of a URL", () => {
  const closed = [
    "10.1.2.3",
    "0x0a.1",
    "3232235777",
    "192.168.1.1.",
    "169.254.169.254",
    "[fd00::1]",
    "[::ffff:10.0.0.1]",
    "[fe80::1]",
    "localhost",
    "a.LOCALHOST",
    "router",
    "router.",
    "printer.local",
    "metadata.google.internal",
    "nas.lan",
    "x.home.arpa",
  ];
  for (const host of closed) {
    assert.equal(isPublicHost(new URL(`wss://${host}/`).hostname), false, host);
  }
  for (
    const host of ["relay.example", "relay.example.", "1.1.1.1", "[2606:4700::1111]", "local.dev"]
  ) {
    assert.equal(isPublicHost(new URL(`wss://${host}/`).hostname), true, host);
  }
});

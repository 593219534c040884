import assert from "node:assert/strict";
import { challengeDigest, recoverChallenge } from "../../../protocols/evm/challenge.ts";
import { toHex } from "../../../protocols/evm/keccak.ts";
import { loadSecp256k1 } from "../../../protocols/evm/secp256k1.ts";
import { publishedFile } from "./vectors.ts";

const secp = await loadSecp256k1();
const domain = {
  chainId: 84_532,
  verifyingContract: "0xe9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfc",
};
const channelId = "0xe5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff0001020304";
const secret = Uint8Array.fromHex(
  "9192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0",
);
const address = "0x090a87891820685b187e2e51138f6292c08f2397";

const vectors = [
  {
    expiresS: 4_102_444_800,
    digest: "0x8ab5259297dcf61314682a386aa8f1f2a7188b7cf4ac2ebddd1675fb3393bc1c",
    signature:
      "0x79e3df79556df958db1f007bfbea0567e05cea214df8f6d51c3d30c4461692510b791993aeb6b68668e06404f177481bc3e6ffa15e63e52e820c7e6a3c86275c00",
  },
  {
    expiresS: 1,
    digest: "0xb20021b0a0b6b3e080e7a7182b59d6b15ed02d474416926c15722b27ab560886",
    signature:
      "0xc59272bb87e15e21e2ab54de8bc22af6b6f8a5b494a74efe08ed3f7b5d7e99bf1ac0c08796a81c480bf408553f92470ba288b417378a392403869fc8b56196f901",
  },
];

Deno.test("challengeDigest() and recoverChallenge() meet the published challenges", () => {
  for (const { expiresS, digest, signature } of vectors) {
    const challenge = { channelId, expiresS };
    assert.equal(toHex(challengeDigest(domain, challenge)), digest);
    assert.equal(recoverChallenge(secp, domain, challenge, signature), address);
    const own = secp.sign(challengeDigest(domain, challenge), secret);
    assert.equal(own.slice(0, -2), signature.slice(0, -2));
    assert.equal(parseInt(own.slice(-2), 16), 27 + parseInt(signature.slice(-2), 16));
  }
});

const file = publishedFile();
Deno.test({
  name: file === null
    ? "recoverChallenge() meets the vector file (ignored: the file is not beside this repository)"
    : "recoverChallenge() agrees with every verdict of the vector file",
  ignore: file === null,
  fn() {
    for (const vector of file.channel_control_declaration.cases) {
      const at = {
        chainId: vector.chain_id,
        verifyingContract: `0x${vector.token_network_address_hex}`,
      };
      const challenge = { channelId: vector.channel_id_hex, expiresS: vector.expires };
      const signer = recoverChallenge(secp, at, challenge, vector.signature_hex);
      assert.equal(signer, `0x${vector.signer_address_hex}`, vector.name);
      assert.equal(
        signer === `0x${vector.counterparty_address_hex}`,
        vector.signature_verifies,
        vector.name,
      );
    }
  },
});

Deno.test("challengeDigest() refuses fields out of range", () => {
  for (const expiresS of [-1, 1.5, 2 ** 53, NaN]) {
    assert.throws(() => challengeDigest(domain, { channelId, expiresS }), { name: "HexError" });
  }
  assert.throws(() => challengeDigest(domain, { channelId: "0x", expiresS: 1 }), {
    name: "HexError",
  });
});

/**
 * What the worker host must know about the signer before it starts. The signer itself, with its curves, is loaded only in its own worker.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import { keyReaderPaths, readKeysAndGiveUpFiles, sysForOwner } from "../wallet/key_reader.ts";
import type {
  SignerServiceOptions,
  SignerServiceRemotes,
  UnlockableSigner,
} from "./signer_service.ts";

/** The methods that may be called over a port. `destroy` is not one of them. */
export const SIGNER_METHODS: readonly (keyof UnlockableSigner)[] = [
  "identity",
  "signEvents",
  "signClaim",
  "signClaims",
  "adoptClaim",
  "signChallenge",
  "signCheckpoint",
  "signBuild",
  "lastClaim",
  "signTransaction",
  "noteSettled",
  "packetFulfilments",
  "encrypt",
  "decrypt",
  "openWrap",
  "wrap",
  "answersKey",
  "wrapText",
  "openText",
  "bindPaymentKey",
  "ceilings",
  "changeCeilings",
  "lowerCeilings",
  "ceilingsAfter",
  "checkTransaction",
  "allowRecipient",
  "snapshot",
];

/** For a relay, which signs no claims and so has no ledger to store. */
export const storelessDefinition = defineService({
  name: "signer",
  permissions: ({ wallet }: SignerServiceOptions) => ({
    read: keyReaderPaths(wallet),
    sys: sysForOwner(),
  }),
  methods: SIGNER_METHODS,
  async start(
    options: SignerServiceOptions,
    remotes: SignerServiceRemotes,
    context: { readonly clock: () => number },
  ): Promise<UnlockableSigner> {
    const [keys, { startSignerService }] = await Promise.all([
      readKeysAndGiveUpFiles(options.wallet),
      import("./signer_service.ts"),
    ]);
    return await startSignerService(keys, options, remotes, context);
  },
  stop: (signer: UnlockableSigner): Promise<void> => Promise.resolve(signer.destroy()),
});

/** The same service with a ledger, for those who sign claims. */
export const definition = {
  ...storelessDefinition,
  services: ["store"] as readonly string[],
};

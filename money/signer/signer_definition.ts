/**
 * What the worker host must know about the signer before it starts. The signer itself, with its curves, is loaded only in its own worker.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
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

/** The service for the worker host, with the keys in its options. */
export const definition = defineService({
  name: "signer",
  permissions: (_options: SignerServiceOptions): Record<string, never> => ({}),
  methods: SIGNER_METHODS,
  async start(
    options: SignerServiceOptions,
    remotes: SignerServiceRemotes,
    context: { readonly clock: () => number },
  ): Promise<UnlockableSigner> {
    const { startSignerService } = await import("./signer_service.ts");
    return await startSignerService(options, remotes, context);
  },
  stop: (signer: UnlockableSigner): Promise<void> => Promise.resolve(signer.destroy()),
});

/** The same service for programs that run unattended. It asks the key reader, which is another service. */
export const unattendedDefinition = {
  ...definition,
  services: ["keyReader", "store"] as readonly string[],
};

/** For a relay, which signs no claims and so has no ledger to store. */
export const storelessDefinition = {
  ...definition,
  services: ["keyReader"] as readonly string[],
};

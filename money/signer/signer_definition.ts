/**
 * What the worker host must know of the signer before it runs. The signer itself, with its curves, is loaded in its own worker alone.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type {
  SignerServiceOptions,
  SignerServiceRemotes,
  UnlockableSigner,
} from "./signer_service.ts";

/** What may be called over a port; `destroy` is not among it. */
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
  "checkTransaction",
  "allowRecipient",
  "snapshot",
];

/** The service as the worker host runs it, with the keys in its options. */
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

/** The same for programs that run unattended: it asks the key reader, which is a service of its own. */
export const unattendedDefinition = {
  ...definition,
  services: ["keyReader", "store"] as readonly string[],
};

/** For a party that signs no claims, so that there is no ledger to keep: a relay. */
export const storelessDefinition = {
  ...definition,
  services: ["keyReader"] as readonly string[],
};

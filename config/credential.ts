/**
 * The name of a systemd credential.
 *
 * @module
 */

/** The name of the passphrase among the credentials of a systemd unit. */
export const CREDENTIAL = "crosstown-passphrase";

/** A throw-away key. */
export function generateSecretKey(): Uint8Array {
  const secret = crypto.getRandomValues(new Uint8Array(32));
  // Below the curve's order whatever the rest is.
  secret[0] = 1;
  return secret;
}

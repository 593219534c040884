/**
 * The one function of `hash-wasm` that wallets use, in a module of its own: what a bundler makes of it holds only this function, 30 KB instead
 * of 220.
 *
 * @module
 */
export { argon2id } from "hash-wasm";

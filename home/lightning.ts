/**
 * The Lightning wallet of an open home.
 *
 * @module
 */
import type { InvoiceMaker } from "../market/lightning/make_invoice.ts";
import type { LightningOptions } from "../market/lightning/lightning_service.ts";
import type { ServiceHandle } from "../runtime/hosted_service.ts";
import type { Home } from "./home.ts";

const started = new WeakMap<Home, Promise<ServiceHandle<InvoiceMaker>>>();

/** Starts the service that pays and makes invoices, once for each home. It ends with the home. Null if no wallet is configured. */
export function startLightning(
  home: Home,
  options: LightningOptions | null,
): Promise<ServiceHandle<InvoiceMaker>> | null {
  if (options === null) return null;
  const { supervisor, services: { store } } = home;
  const running = started.get(home) ?? supervisor.service("lightning", options, { store });
  started.set(home, running);
  return running;
}

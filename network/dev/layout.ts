/**
 * The paths of the embedded network's files. They lie in `<home>/dev/`, which `dev down` removes.
 *
 * @module
 */

/** The paths of one party: its folder and its wallet. */
export interface DevParty {
  readonly folder: string;
  readonly keyFile: string;
  readonly passphraseFile: string;
}

/** The paths of the whole network. */
export interface DevLayout {
  readonly folder: string;
  /** Addresses and process of the network, which `dev status` reads. */
  readonly stateFile: string;
  /** The profile that makes `dev` the default network of this home. */
  readonly profileFile: string;
  /** The working folder of the chain's process. */
  readonly chainFolder: string;
  readonly logFile: string;
  readonly controlSocket: string;
  /** The funded wallet of this home's user on this network. */
  readonly buyer: DevParty;
  readonly relay: DevParty;
  readonly connector: DevParty;
  /** The home of the first provider. It has the same form as any provider's home. */
  readonly providerHome: string;
  readonly provider: DevParty;
}

/** One of the network's providers. */
export interface DevProvider {
  /** Its username at the connector. Balances and folders use the same name. */
  readonly name: string;
  /** Its home. */
  readonly home: string;
  readonly party: DevParty;
}

/** The first `count` providers: `provider`, `provider-2` and so on. */
export function devProviders(layout: DevLayout, count: number): DevProvider[] {
  return Array.from({ length: count }, (_, index) => {
    if (index === 0) {
      return { name: "provider", home: layout.providerHome, party: layout.provider };
    }
    const name = `provider-${index + 1}`;
    const home = `${layout.folder}/${name}`;
    return { name, home, party: party(`${home}/dev`, "wallet") };
  });
}

/** The layout under a home. */
export function devLayout(home: string): DevLayout {
  const folder = `${home}/dev`;
  const providerHome = `${folder}/provider`;
  return {
    folder,
    stateFile: `${folder}/state.json`,
    profileFile: `${folder}/profile.toml`,
    chainFolder: `${folder}/chain`,
    logFile: `${folder}/dev.log`,
    controlSocket: `${folder}/control.sock`,
    buyer: party(folder, "wallet"),
    relay: party(`${folder}/relay`, "relay"),
    connector: party(`${folder}/connector`, "connector"),
    providerHome,
    provider: party(`${providerHome}/dev`, "wallet"),
  };
}

function party(folder: string, name: string): DevParty {
  return { folder, keyFile: `${folder}/${name}.enc`, passphraseFile: `${folder}/${name}.pass` };
}

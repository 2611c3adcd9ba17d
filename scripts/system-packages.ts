/** Programs that npm cannot give: what each is for, whether it is here, and how Debian installs it. */

import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface SystemPackage {
  /** Debian's name of the package. */
  readonly name: string;
  /** A program of it, looked for on the PATH and in the sbin folders. */
  readonly program: string;
  readonly purpose: string;
}

/** What live capture wants; everything else works without. */
export const captureTools: readonly SystemPackage[] = [
  { name: 'tcpdump', program: 'tcpdump', purpose: 'live capture where the capture helper cannot be built' },
];

/** What the tests drive: a browser, and real servers and clients as peers. */
export const testTools: readonly SystemPackage[] = [
  ...captureTools,
  { name: 'build-essential', program: 'cc', purpose: 'tests of the capture helper, which is built from C' },
  { name: 'iproute2', program: 'ip', purpose: 'tests of live capture in network namespaces' },
  { name: 'iptables', program: 'iptables', purpose: 'a service between two nodes made of network namespaces' },
  { name: 'chromium', program: 'chromium', purpose: 'end-to-end tests in a real browser' },
  { name: 'tshark', program: 'tshark', purpose: 'checks that Wireshark reads the captures written here' },
  { name: 'postgresql', program: 'pg_ctlcluster', purpose: 'PostgreSQL as a real server and client' },
  { name: 'redis-server', program: 'redis-server', purpose: 'live test of the Redis dissector' },
  { name: 'nats-server', program: 'nats-server', purpose: 'live test of the NATS dissector' },
  { name: 'memcached', program: 'memcached', purpose: 'live test of the memcached dissector' },
  { name: 'mosquitto', program: 'mosquitto', purpose: 'live test of the MQTT dissector' },
  { name: 'mosquitto-clients', program: 'mosquitto_pub', purpose: 'live test of the MQTT dissector' },
  { name: 'rabbitmq-server', program: 'rabbitmq-server', purpose: 'live test of the RabbitMQ dissector' },
  { name: 'prometheus', program: 'prometheus', purpose: 'the guide’s PromQL, asked of a real Prometheus' },
  { name: 'mariadb-server', program: 'mariadbd', purpose: 'MariaDB as a real server and client' },
  { name: 'freeradius', program: 'freeradius', purpose: 'live test of the RADIUS dissector' },
  { name: 'freeradius-utils', program: 'radclient', purpose: 'live test of the RADIUS dissector' },
  { name: 'freediameterd', program: 'freeDiameterd', purpose: 'live test of the Diameter dissector' },
  { name: 'freediameter-extensions', program: 'freeDiameterd', purpose: 'live test of the Diameter dissector' },
  { name: 'freetds-bin', program: 'tsql', purpose: 'a real client for the TDS dissector' },
  { name: 'slapd', program: 'slapd', purpose: 'OpenLDAP as a real server' },
  { name: 'ldap-utils', program: 'ldapsearch', purpose: 'OpenLDAP as a real client' },
];

const systemFolders = ['/usr/sbin', '/sbin', '/usr/local/sbin'];

/** Path of a program, or undefined. Debian keeps servers in sbin folders that a user's PATH may lack. */
export function findProgram(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...systemFolders];
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false; // not there, or not ours to run: look on
      }
    });
}

export const missing = (packages: readonly SystemPackage[]): readonly SystemPackage[] =>
  packages.filter(({ program }) => findProgram(program) === undefined);

/** The command a person would type. */
export const installCommand = (packages: readonly SystemPackage[]): string =>
  `apt-get install -y --no-install-recommends ${packages.map(({ name }) => name).join(' ')}`;

/** Why `install` cannot work on this machine, or undefined when it can. */
export function whyNotInstallable(): string | undefined {
  if (!existsSync('/usr/bin/apt-get')) return 'this is not a Debian system';
  if (process.getuid?.() !== 0) return 'installing needs root';
  return undefined;
}

/** Installs Debian packages without starting the services they bring. True when every program is there afterwards. */
export function install(packages: readonly SystemPackage[]): boolean {
  const names = packages.map(({ name }) => name);
  // RUNLEVEL=1 and the policy of `systemctl`-less machines keep the servers of these packages from starting.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const quiet = { env, stdio: ['ignore', 'ignore', 'inherit'] as ('ignore' | 'inherit')[] };
  spawnSync('apt-get', ['update', '-qq'], quiet);
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], quiet);
  return missing(packages).length === 0;
}

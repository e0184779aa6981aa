/**
 * The services around the rules: `libiptc/services` knows who else writes rules, who loads them at boot, and what stands
 * in the way.
 *
 * @example
 * import { doctor, firewalld } from 'libiptc/services';
 *
 * if ((await firewalld().status()).state === 'active') await firewalld().stop();
 * console.log((await doctor()).findings);
 */
export {
  BOOT_UNIT,
  type BootUnitOptions,
  bootService,
  installBootUnit,
  type OnFailure,
  uninstallBootUnit,
} from './boot';
export { type DoctorOptions, type DoctorReport, doctor } from './doctor';
export type { Finding, FindingLevel } from './findings';
export type { NftTable } from './rivals';
export { type SetupOptions, type SetupResult, type SetupStep, setUpBasicServer } from './setup';
export type { Guard, Keeping } from './snapshot';
export { firewalld, iptablesService, Service, type ServiceState, type ServiceStatus } from './units';

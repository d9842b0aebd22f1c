import type { AdapterName } from './adapters/adapter.ts';
import type { TlsFiles } from './http/build-hub-server.ts';
import type { EventRetention } from './model/event-retention.ts';
import type { HubTimes } from './model/hub-times.ts';
import type { RedisPlace } from './redis/redis-address.ts';
import type { AddressPolicy } from './addresses/address-policy.ts';

export interface HubOptions {
  readonly version: string;
  /** Everything that the hub keeps, in a folder closed to others. */
  readonly dataFolder: string;
  readonly listen: string;
  /** 0: any. */
  readonly port: number;
  /** A Redis that is there already; null: the hub starts its own. */
  readonly redis: RedisPlace | null;
  /** Null: plain HTTP, on loopback only. */
  readonly tls: TlsFiles | null;
  readonly callbacks: AddressPolicy;
  /** Interfaces of other systems that it speaks too. */
  readonly adapters: readonly AdapterName[];
  readonly retention: EventRetention;
  /** Null: those of `defaultHubTimes`. */
  readonly times: HubTimes | null;
  /** Says one sentence to who started the hub. */
  readonly tell: (sentence: string) => void;
}

export interface RunningHub extends AsyncDisposable {
  /** Where it answers. */
  readonly url: string;
  /** The file with the key of the first manager, at the first start. */
  readonly managerKeyFile: string | null;
  /** Of the private Redis; null when it uses another. */
  readonly redisPid: number | null;
}

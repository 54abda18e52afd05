import { BenchmarkError } from "./benchmark-error.ts";

/** The servers of this run, as cases connect to them. Reading one that is not there throws a {@link BenchmarkError}. */
export interface BenchmarkUrls {
  /** `mysql://root@127.0.0.1:<port>/`, without a database. */
  readonly mysql: string;
  /** `redis://127.0.0.1:<port>`. */
  readonly redis: string;
  /** A connect string, `127.0.0.1:<port>`. */
  readonly zookeeper: string;
}

/** Where MySQL, Redis and ZooKeeper are: `MYSQL_URL`, `REDIS_URL` and `ZOOKEEPER`, which `npm run bench` sets. */
export function serviceUrls(): BenchmarkUrls {
  return {
    get mysql() {
      return read("MYSQL_URL");
    },
    get redis() {
      return read("REDIS_URL");
    },
    get zookeeper() {
      return read("ZOOKEEPER");
    },
  };
}

function read(name: string): string {
  const value = process.env[name];
  if (!value) throw new BenchmarkError(`${name} is not set: this case runs by npm run bench`);
  return value;
}

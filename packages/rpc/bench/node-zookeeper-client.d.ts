/** The part of node-zookeeper-client 1.1.3 that the benchmarks use; it has no types of its own. */
declare module "node-zookeeper-client" {
  export interface Client {
    once(event: "connected", listener: () => void): this;
    connect(): void;
    close(): void;
    getChildren(path: string, watcher: () => void, callback: (error: Error | null, children: string[]) => void): void;
    create(path: string, data: Buffer, mode: number, callback: (error: Error | null, path: string) => void): void;
    remove(path: string, version: number, callback: (error: Error | null) => void): void;
    getData(path: string, callback: (error: Error | null, data: Buffer) => void): void;
  }
  const zookeeper: {
    createClient(connect: string, options?: { sessionTimeout?: number }): Client;
    readonly CreateMode: { readonly EPHEMERAL: number };
  };
  export default zookeeper;
}

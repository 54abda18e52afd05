/** What the bench uses of `thrift`, which has no types of its own. */
declare module "thrift" {
  import type { EventEmitter } from "node:events";
  import type { Server } from "node:net";

  export interface TTransport {
    flush(): void;
  }
  export interface TProtocol {
    writeMessageBegin(name: string, type: number, seqid: number): void;
    writeMessageEnd(): void;
    writeStructBegin(name: string): void;
    writeStructEnd(): void;
    writeFieldBegin(name: string, type: number, id: number): void;
    writeFieldEnd(): void;
    writeFieldStop(): void;
    writeString(text: string): void;
    readMessageBegin(): { fname: string; mtype: number; rseqid: number };
    readMessageEnd(): void;
    readStructBegin(): void;
    readStructEnd(): void;
    readFieldBegin(): { ftype: number; fid: number };
    readFieldEnd(): void;
    readString(): string;
    skip(type: number): void;
    flush(): void;
  }
  export type TProtocolClass = new (transport: TTransport) => TProtocol;
  export interface Options {
    readonly transport: unknown;
    readonly protocol: TProtocolClass;
  }
  export interface Connection extends EventEmitter {
    end(): void;
  }
  const thrift: {
    readonly Thrift: {
      readonly MessageType: { readonly CALL: number; readonly REPLY: number };
      readonly Type: { readonly STOP: number; readonly STRING: number; readonly STRUCT: number };
    };
    readonly TFramedTransport: unknown;
    readonly TBinaryProtocol: TProtocolClass;
    createConnection(host: string, port: number, options: Options): Connection;
    createClient<C>(client: new (output: TTransport, protocol: TProtocolClass) => C, connection: Connection): C;
    createServer<H>(
      processor: new (handler: H) => { process(input: TProtocol, output: TProtocol): void },
      handler: H,
      options: Options,
    ): Server;
  };
  export default thrift;
}

/** An echo service for thrift: what its compiler makes of `service Echo { Payload Unary(1: Payload request) }`. */
import thrift, { type Options, type TProtocol, type TProtocolClass, type TTransport } from "thrift";
import type { Text } from "./echoes.ts";

const { MessageType, Type } = thrift.Thrift;

export const FRAMED_BINARY: Options = { transport: thrift.TFramedTransport, protocol: thrift.TBinaryProtocol };

type Callback = (error: Error | null, reply?: Text) => void;

export class EchoClient {
  readonly output: TTransport;
  readonly protocol: TProtocolClass;
  readonly #waiting: Record<number, Callback> = {};
  #seqid = 0;

  constructor(output: TTransport, protocol: TProtocolClass) {
    this.output = output;
    this.protocol = protocol;
  }

  /** The connection puts the callbacks of replies here, and looks for those of calls. */
  get ["_reqs"](): Record<number, Callback> {
    return this.#waiting;
  }

  seqid(): number {
    return this.#seqid;
  }

  unary(request: Text): Promise<Text> {
    this.#seqid += 1;
    const seqid = this.#seqid;
    return new Promise((resolve, reject) => {
      this.#waiting[seqid] = (error, reply) => {
        if (reply === undefined) reject(error ?? new Error("no reply"));
        else resolve(reply);
      };
      const output = new this.protocol(this.output);
      output.writeMessageBegin("Unary", MessageType.CALL, seqid);
      writeArguments(output, "Echo_Unary_args", 1, request);
      output.writeMessageEnd();
      this.output.flush();
    });
  }

  recv_Unary(input: TProtocol, type: number, seqid: number): void {
    const callback = this.#waiting[seqid];
    delete this.#waiting[seqid];
    const reply = readArguments(input);
    input.readMessageEnd();
    if (type === MessageType.REPLY) callback?.(null, reply);
    else callback?.(new Error("the server answered with an exception"));
  }
}

export interface EchoHandler {
  unary(request: Text): Text;
}

export class EchoProcessor {
  readonly #handler: EchoHandler;

  constructor(handler: EchoHandler) {
    this.#handler = handler;
  }

  process(input: TProtocol, output: TProtocol): void {
    const { fname, rseqid } = input.readMessageBegin();
    if (fname !== "Unary") throw new Error(`there is no function "${fname}"`);
    const request = readArguments(input);
    input.readMessageEnd();
    output.writeMessageBegin("Unary", MessageType.REPLY, rseqid);
    writeArguments(output, "Echo_Unary_result", 0, this.#handler.unary(request));
    output.writeMessageEnd();
    output.flush();
  }
}

/** A struct whose one field is a Payload: the arguments of the call, and its result. */
function writeArguments(output: TProtocol, name: string, fieldId: number, payload: Text): void {
  output.writeStructBegin(name);
  output.writeFieldBegin("payload", Type.STRUCT, fieldId);
  output.writeStructBegin("Payload");
  output.writeFieldBegin("text", Type.STRING, 1);
  output.writeString(payload.text);
  output.writeFieldEnd();
  output.writeFieldStop();
  output.writeStructEnd();
  output.writeFieldEnd();
  output.writeFieldStop();
  output.writeStructEnd();
}

function readArguments(input: TProtocol): Text {
  let payload: Text | undefined;
  readStruct(input, (type) => {
    if (type === Type.STRUCT) payload = readPayload(input);
    else input.skip(type);
  });
  if (payload === undefined) throw new Error("the message has no payload");
  return payload;
}

function readPayload(input: TProtocol): Text {
  let text = "";
  readStruct(input, (type) => {
    if (type === Type.STRING) text = input.readString();
    else input.skip(type);
  });
  return { text };
}

function readStruct(input: TProtocol, readField: (type: number) => void): void {
  input.readStructBegin();
  for (;;) {
    const { ftype } = input.readFieldBegin();
    if (ftype === Type.STOP) break;
    readField(ftype);
    input.readFieldEnd();
  }
  input.readStructEnd();
}

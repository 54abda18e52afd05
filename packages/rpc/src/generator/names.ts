/** What the things of a proto file are called in TypeScript. */

/** What a name may not be, because generated code uses it or TypeScript forbids it. `$` behind it makes it free. */
const TAKEN: ReadonlySet<string> = new Set(
  `any arguments as async await bigint boolean break case catch class const continue debugger declare default delete do
  else enum eval export extends false finally for from function if implements import in instanceof interface let module
  namespace never new null number object of package private protected public require return static string super switch
  symbol this throw true try type typeof undefined unknown var void while with yield
  Buffer Object Record Uint8Array Infinity NaN`.split(/\s+/),
);

/** Methods of every client object, and what would make it a promise. */
const CLIENT_NAMES: ReadonlySet<string> = new Set(["ready", "close", "stats", "then"]);

/** `["Outer", "Inner"]` is `Outer_Inner`. */
export function typeName(path: readonly string[]): string {
  const name = path.join("_");
  return TAKEN.has(name) ? `${name}$` : name;
}

/** The JSON name as protobuf makes it: https://protobuf.dev/programming-guides/json/#field-names */
export function jsonNameOf(protoName: string): string {
  return protoName.replaceAll(/_+(.)?/g, (_, next: string | undefined) => next?.toUpperCase() ?? "");
}

/** Of a field or a oneof: `respon_message` is `responMessage`. */
export function propertyName(protoName: string): string {
  const name = lowerFirst(jsonNameOf(protoName));
  return /^[A-Za-z]/.test(name) ? name : `_${name}`;
}

/** Of an rpc: `SetInitInfo` is `setInitInfo`. */
export function methodKey(rpcName: string): string {
  const name = propertyName(rpcName);
  return CLIENT_NAMES.has(name) ? `${name}$` : name;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

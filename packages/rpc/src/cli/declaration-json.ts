/** Declarations as JSON, for programs. */
import { Enum, type Method, Service, Type } from "protobufjs";
import { isIdempotent, kindOf } from "../generator/service-methods.ts";
import { fieldType } from "./declaration-text.ts";
import { type Declaration, nameOf } from "./schema.ts";

export function declarationJson(declaration: Declaration): object {
  const name = nameOf(declaration);
  if (declaration instanceof Service)
    return {
      declares: "service",
      name,
      methods: declaration.methodsArray.map((method) => methodJson(method, method.name)),
    };
  if (declaration instanceof Type) {
    const fields = declaration.fieldsArray.map((field) => ({
      name: field.name,
      number: field.id,
      type: fieldType(field),
      ...(field.partOf !== null && !field.partOf.isProto3Optional && { oneof: field.partOf.name }),
    }));
    return { declares: "message", name, fields };
  }
  if (declaration instanceof Enum) {
    const values = Object.entries(declaration.values).map(([value, number]) => ({ name: value, number }));
    return { declares: "enum", name, values };
  }
  return { declares: "method", ...methodJson(declaration, name) };
}

function methodJson(method: Method, name: string): object {
  const { resolvedRequestType: request, resolvedResponseType: response } = method;
  return {
    name,
    kind: kindOf(method),
    request: request === null ? method.requestType : nameOf(request),
    response: response === null ? method.responseType : nameOf(response),
    idempotent: isIdempotent(method),
  };
}

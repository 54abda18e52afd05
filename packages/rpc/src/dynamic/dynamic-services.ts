/** Services with messages and methods as generated code has them, made at run time. */
import type { Service as ServiceDeclaration, Type } from "protobufjs";
import type { Properties } from "../codec/field-info.ts";
import type { MessageOptions } from "../generator/field-plan.ts";
import { fileDescriptorBytes } from "../generator/file-descriptor.ts";
import type { ProtoFile } from "../generator/proto-files.ts";
import { isIdempotent, kindOf, methodKeys } from "../generator/service-methods.ts";
import { type FileDescriptor, type Method, type MethodKind, type Service, service } from "../service.ts";
import { DynamicMessages } from "./dynamic-messages.ts";

/** A service by what is known at run time: its messages are objects of unknown properties. */
export type DynamicService = Service<Readonly<Record<string, Method<MethodKind, Properties, Properties>>>>;

/** @returns the services of all files by their full names. @throws ProtoError when a message or a service is refused. */
export function dynamicServices(files: readonly ProtoFile[], options: MessageOptions): Record<string, DynamicService> {
  const messages = new DynamicMessages(files, options);
  const descriptors = descriptorsOf(files);
  const services: [string, DynamicService][] = [];
  for (const file of files) {
    for (const declaration of file.services) {
      const name = declaration.fullName.slice(1);
      services.push([name, service(name, methodsOf(declaration, file, messages), descriptors.get(file.path))]);
    }
  }
  return Object.fromEntries(services);
}

function methodsOf(declaration: ServiceDeclaration, file: ProtoFile, messages: DynamicMessages) {
  const methods = [...methodKeys(declaration, file)].map(
    ([key, method]) =>
      [
        key,
        {
          name: method.name,
          kind: kindOf(method),
          request: messages.of(method.resolvedRequestType as Type),
          response: messages.of(method.resolvedResponseType as Type),
          idempotent: isIdempotent(method),
        },
      ] as const,
  );
  return Object.fromEntries(methods);
}

function descriptorsOf(files: readonly ProtoFile[]): ReadonlyMap<string, FileDescriptor> {
  const descriptors = new Map<string, FileDescriptor>();
  for (const file of files) {
    const bytes = fileDescriptorBytes(file);
    const dependencies = file.imports.map((path) => () => descriptors.get(path) as FileDescriptor);
    descriptors.set(file.path, Object.freeze({ name: file.path, bytes, dependencies }));
  }
  return descriptors;
}

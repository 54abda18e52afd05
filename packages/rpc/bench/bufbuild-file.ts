/** Describes a proto file to @bufbuild/protobuf at run time, by the means that its generated code uses. */
import { type DescFile, type MessageInitShape, create, toBinary } from "@bufbuild/protobuf";
import { fileDesc } from "@bufbuild/protobuf/codegenv2";
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";

export { Type };

/** A field with a message or an enum names it as `typeName`: `.package.Name`. */
export function field(name: string, number: number, type: Type, typeName = "") {
  return { name, number, type, typeName, label: Label.OPTIONAL };
}

export function repeatedField(name: string, number: number, type: Type, typeName = "") {
  return { name, number, type, typeName, label: Label.REPEATED };
}

export function proto3File(file: MessageInitShape<typeof FileDescriptorProtoSchema>): DescFile {
  const source = create(FileDescriptorProtoSchema, file);
  source.syntax = "proto3";
  return fileDesc(Buffer.from(toBinary(FileDescriptorProtoSchema, source)).toString("base64"));
}

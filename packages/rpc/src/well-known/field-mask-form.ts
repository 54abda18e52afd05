/** `google.protobuf.FieldMask`: one text, with commas, in lowerCamelCase. */
import type { JsonForm } from "./json-form.ts";

export const fieldMaskForm: JsonForm = {
  write(_, { paths }, walk) {
    if (!Array.isArray(paths)) throw walk.refused("a list of paths", paths);
    const names = paths.map((path: unknown) => {
      const name =
        typeof path === "string" ? path.replaceAll(/_([a-z])/g, (_all, next: string) => next.toUpperCase()) : "";
      if (!isPath(name) || protoPath(name) !== path) {
        throw walk.error("a path that does not come back from lowerCamelCase as it was has no JSON form");
      }
      return name;
    });
    return names.join(",");
  },
  read(_, message, json, walk) {
    if (typeof json !== "string") throw walk.refused("paths with commas between them", json);
    const names = json === "" ? [] : json.split(",");
    if (!names.every(isPath)) throw walk.refused("paths in lowerCamelCase, with commas between them", json);
    message.paths = names.map(protoPath);
  },
};

function isPath(name: string): boolean {
  return /^[^_,\s]+$/.test(name);
}

function protoPath(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The URLs that name types in `google.protobuf.Any`. */

export function typeUrlOf(typeName: string): string {
  return `type.googleapis.com/${typeName}`;
}

/** What stands behind the last `/`. */
export function typeNameOf(typeUrl: string): string {
  return typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
}
